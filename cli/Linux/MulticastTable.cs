using System.Globalization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>The kernel's table of link-layer multicast addresses, which netlink does not dump.</summary>
/// <remarks>Index, name, users, users that an administrator added, address (dev_mc_seq_show, net/core/dev_addr_lists.c before 4.10,
/// net/core/net-procfs.c since):
/// <code>
/// 2    eth0            1     0     01005e000001
/// </code></remarks>
internal static class MulticastTable
{
    /// <summary>The addresses that an administrator added (<c>ip maddr add</c>); the others follow from IP and its groups.</summary>
    public static IEnumerable<(int Link, HardwareAddress Address)> Static(string file = "/proc/net/dev_mcast")
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }
        foreach (string line in lines)
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var index, _, _, not "0", var address]
                && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int link) && address.Length % 2 == 0)
                yield return (link, HardwareAddress.From(Convert.FromHexString(address)));
        }
    }
}
