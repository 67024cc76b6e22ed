namespace HypervVfattach.Linux;

/// <summary>The privileges of this process.</summary>
internal static class Privileges
{
    // CAP_NET_ADMIN, linux/capability.h.
    private const int NetAdmin = 12;

    /// <summary>Whether the process has CAP_NET_ADMIN; without /proc, whether it runs as root.</summary>
    public static bool HasNetAdmin(string status = "/proc/self/status")
    {
        const string label = "CapEff:";
        if (!File.Exists(status))
            return Environment.IsPrivilegedProcess;
        foreach (string line in File.ReadLines(status))
        {
            if (line.StartsWith(label, StringComparison.Ordinal))
            {
                ulong capabilities = Convert.ToUInt64(line[label.Length..].Trim(), 16);
                return (capabilities >> NetAdmin & 1) != 0;
            }
        }
        return false;
    }
}
