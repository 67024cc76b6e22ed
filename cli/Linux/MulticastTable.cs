using System.Globalization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>The kernel's table of link-layer multicast addresses, which netlink does not dump.</summary>
/// <remarks>Index, name, users, whether an administrator added it, address (dev_mc_seq_show, net/core/dev_addr_lists.c before 4.10,
/// net/core/net-procfs.c since):
/// <code>
/// 2    eth0            1     0     01005e000001
/// </code></remarks>
internal static class MulticastTable
{
    /// <summary>The addresses of all interfaces that are wanted.</summary>
    /// <param name="wanted">Whether the interface with this index is.</param>
    /// <param name="file">The table.</param>
    public static IEnumerable<GroupAddress> Read(Predicate<int> wanted, string file = "/proc/net/dev_mcast")
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
            // Of most interfaces nothing is wanted, so the index comes first.
            if (int.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(' '))), NumberStyles.None, CultureInfo.InvariantCulture, out int link) && wanted(link)
                && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var added, var address] && address.Length % 2 == 0)
                yield return new GroupAddress(link, HardwareAddress.From(Convert.FromHexString(address)).Text, added != "0");
        }
    }
}

/// <summary>A multicast address that an interface receives.</summary>
/// <param name="link">Index of the interface.</param>
/// <param name="address">The address.</param>
/// <param name="isAdded">Whether an administrator or this program added it; the others follow from IP and its groups.</param>
internal sealed class GroupAddress(int link, string address, bool isAdded)
{
    public int Link => link;
    public string Address => address;
    public bool IsAdded => isAdded;
}
