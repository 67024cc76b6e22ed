using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Apply;

/// <summary>The last sample of the packets of each pair that the kernel joined, by which a later one tells which path was used last: one
/// file per pair, beside the journals, with four counters and the path.</summary>
/// <param name="directory">The journals' directory; created with the first file.</param>
internal sealed class PathSamples(string directory)
{
    private const UnixFileMode AllRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The path that was used last, as far as this sample and the kept one tell.</summary>
    public UsedPath Last(HardwareAddress mac, PathTraffic now) => Read(mac) is not var (then, last) ? FromNothing(now)
        : now.SentSince(then) is var sent && sent != UsedPath.None ? sent
        : now.ReceivedSince(then) is var received && received != UsedPath.None ? received : last;

    /// <summary>Keeps a sample. Without the right to write, or on a full disk, the old one stays.</summary>
    public void Keep(HardwareAddress mac, PathTraffic now)
    {
        UsedPath last = Last(mac, now);
        try
        {
            StateDirectory.Create(directory);
            string draft = PathOf(mac) + ".new";
            File.WriteAllText(draft, string.Create(CultureInfo.InvariantCulture,
                $"{now.Vf.Received} {now.Vf.Sent} {now.Own.Received} {now.Own.Sent} {last}\n"));
            File.SetUnixFileMode(draft, AllRead);
            File.Move(draft, PathOf(mac), overwrite: true);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The sample is for status only.
        }
    }

    // A VF that never carried anything is not the path that was used last.
    private static UsedPath FromNothing(PathTraffic now) => now.Vf != default ? UsedPath.None
        : now.Own != default ? UsedPath.Synthetic : UsedPath.None;

    private (PathTraffic, UsedPath)? Read(HardwareAddress mac)
    {
        try
        {
            string[] words = File.ReadAllText(PathOf(mac)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            return words.Length == 5 && Number(0) is { } vfReceived && Number(1) is { } vfSent && Number(2) is { } ownReceived
                && Number(3) is { } ownSent && Path(words[4]) is { } last
                ? (new PathTraffic(new VfTraffic(vfReceived, vfSent), new VfTraffic(ownReceived, ownSent)), last) : null;

            ulong? Number(int word) => ulong.TryParse(words[word], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
                ? number : null;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            return null;
        }
    }

    private static UsedPath? Path(string word) => word switch
    {
        nameof(UsedPath.None) => UsedPath.None,
        nameof(UsedPath.Synthetic) => UsedPath.Synthetic,
        nameof(UsedPath.Vf) => UsedPath.Vf,
        _ => null,
    };

    private string PathOf(HardwareAddress mac) => System.IO.Path.Combine(directory, mac.ToString().Replace(':', '-') + ".path");
}
