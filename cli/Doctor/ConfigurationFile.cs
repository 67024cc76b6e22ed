using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>The configuration file cannot be used, has a table for no synthetic NIC, or forbids changes.</summary>
internal static class ConfigurationFile
{
    public static void Check(Examined host, Findings found)
    {
        if (host.BadSettings is { } bad)
            found.Add("configuration", "configuration file", bad);
        if (host.Settings.ObserveOnly)
            found.Add("observe-only", "configuration file");
        foreach ((string name, _) in host.Settings.Interfaces)
            Check(host, name, found);
    }

    private static void Check(Examined host, string name, Findings found)
    {
        string? synthetic = null;
        foreach (Pair pair in host.Pairs)
        {
            if (Is(pair.Synthetic, name) || host.JoinOf(pair) is { } join && (Same(join.SyntheticName, name) || Is(host.Configured(pair), name)))
                return;
            if (pair.Vf is { } vf && Is(vf, name))
                synthetic = pair.Synthetic.Name;
        }
        found.Add(synthetic is null ? "configuration/none" : "configuration/vf", $"[interface.{name}]", synthetic ?? "");
    }

    private static bool Is(Link link, string name) => Same(link.Name, name) || link.AltNames.Contains(name) || Same(link.PairAddress.ToString(), name);

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
