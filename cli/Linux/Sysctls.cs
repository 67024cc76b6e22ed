using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>The kernel's per-interface settings, as files in /proc/sys/net.</summary>
/// <param name="root">/proc/sys; tests pass a copy.</param>
internal sealed class Sysctls(string root = "/proc/sys")
{
    private static readonly string[] Trees = ["ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"];

    // The settings with the same names and _ms, in older units. The kernel logs a deprecation warning with the name of the program that
    // reads them.
    private static readonly string[] Deprecated = ["base_reachable_time", "retrans_time"];

    /// <summary>The settings of one interface that can be read and written.</summary>
    /// <param name="link">Its index; 0 for <c>default</c>.</param>
    /// <param name="name">Its name; <c>default</c>.</param>
    public IEnumerable<Sysctl> Read(int link, string name)
    {
        foreach (string tree in Trees)
        {
            string[] files;
            try
            {
                files = Directory.GetFiles(Path.Combine(root, "net", tree, name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // No IPv6, or the interface is gone.
                continue;
            }
            Array.Sort(files, StringComparer.Ordinal);
            foreach (string file in files)
            {
                if (!Deprecated.Contains(Path.GetFileName(file)) && Value(file) is string value)
                    yield return new Sysctl(link, tree, Path.GetFileName(file), value);
            }
        }
    }

    /// <summary>One setting of an interface; null if it cannot be read.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tree">Such as <c>ipv6/conf</c>.</param>
    /// <param name="setting">The setting's name.</param>
    public string? Read(string name, string tree, string setting) => Value(Path.Combine(root, "net", tree, name, setting));

    /// <summary>Writes one setting.</summary>
    /// <param name="name">Name of the interface now, or <c>default</c>.</param>
    /// <param name="sysctl">The setting.</param>
    public void Write(string name, Sysctl sysctl)
    {
        string file = Path.Combine(root, "net", sysctl.Tree, name, sysctl.Name);
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(sysctl.Value + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SystemRefusal(name, $"set {sysctl.Tree} {sysctl.Name} to {sysctl.Value}", FileRefusal.Errno(e));
        }
    }

    private static string? Value(string file)
    {
        try
        {
            // Root passes every permission check, so look at the mode: a file without a write bit rejects writes.
            const UnixFileMode needed = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & needed) != needed)
                return null;
            return File.ReadAllText(file).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An IPv6 stable_secret that was never set: EIO.
            return null;
        }
    }
}
