using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>The VF is configured like an ordinary NIC.</summary>
internal static class VfConfiguration
{
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (pair.Vf is not { } vf)
            return;
        // The owner of a bond holds its ports.
        if (vf.PortKind is null)
            Programs(host, pair, vf, found);
        Routes(host, pair, vf, found);
    }

    private static void Programs(Examined host, Pair pair, Link vf, Findings found)
    {
        foreach (Owner owner in host.Host.Owners)
        {
            if (owner.Link == vf.Index && !ServesAll(host, pair, owner))
                found.Add("vf-owner", vf.Name, owner.Description, pair.Synthetic.Name);
        }
        foreach (Claim claim in host.Host.Claims)
        {
            if (claim.Link == vf.Index && claim.IsExact && !claim.Fits.Contains(pair.Synthetic.Index))
                found.Add("vf-file", vf.Name, claim.Description, pair.Synthetic.Name);
        }
    }

    private static void Routes(Examined host, Pair pair, Link vf, Findings found)
    {
        Link configured = host.Configured(pair);
        foreach (bool six in (ReadOnlySpan<bool>)[false, true])
        {
            bool own = false, others = false;
            foreach (Route route in host.Host.Routes)
            {
                if (route is not { DestinationLength: 0, Table: Route.MainTable } || route.IsIPv6 != six)
                    continue;
                own |= route.Uses(vf.Index);
                others |= route.Uses(configured.Index);
            }
            if (own)
                found.Add(others ? "default-route/both" : "default-route", vf.Name, six ? "an IPv6" : "a", configured.Name);
        }
    }

    // A client of all NICs, such as dhcpcd without an argument, leaves the kernel's ports alone.
    private static bool ServesAll(Examined host, Pair pair, Owner owner)
    {
        foreach (Owner other in host.Host.Owners)
        {
            if (other.Link == pair.Synthetic.Index && other.Evidence == owner.Evidence && other.Evidence.StartsWith("process", StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
