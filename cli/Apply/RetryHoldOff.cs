using System.Globalization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Apply;

/// <summary>What the timer (<c>scan --repair</c>) leaves alone for now; a file a pair, a line a mark.</summary>
/// <remarks>
/// <code>
/// mark   set                                                cleared
/// vf     before a VF is joined or added, so that an         the VF is joined or has left, nothing was touched,
///        attempt that fails, or ends its process, is not    a person's scan; it holds for this index of the VF
///        repeated, with its cut, each minute; by detach     only, so that one that comes again is joined
/// undo   an undo was not complete, or its journal cannot    nothing is left to be undone, whoever ran it
///        be read: who repairs by hand is not disturbed
/// owner  an owner was asked in vain to manage a bond        it manages it again; after ten minutes
/// </code>
/// A look that the system refused sets none, and neither does a pair about which there is nothing to do.
/// </remarks>
/// <param name="directory">Where the journals are.</param>
internal sealed class RetryHoldOff(string directory)
{
    private const string Vf = "vf", Undo = "undo", Owner = "owner";

    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    /// <summary>Leaves a pair alone as long as it has this VF.</summary>
    public void LeaveVf(HardwareAddress mac, int vf) => Mark(mac, Vf, vf);

    /// <summary>Whether a pair with this VF is left alone.</summary>
    public bool LeavesVf(HardwareAddress mac, int vf) => Read(mac).GetValueOrDefault(Vf) == vf;

    /// <summary>Takes <see cref="LeaveVf"/> back.</summary>
    public void TryVf(HardwareAddress mac) => Mark(mac, Vf, null);

    /// <summary>Leaves to a person what could not be undone.</summary>
    public void LeaveUndo(HardwareAddress mac) => Mark(mac, Undo, 1);

    /// <summary>Whether it is left to a person.</summary>
    public bool LeavesUndo(HardwareAddress mac) => Read(mac).ContainsKey(Undo);

    /// <summary>Takes <see cref="LeaveUndo"/> back.</summary>
    public void TryUndo(HardwareAddress mac) => Mark(mac, Undo, null);

    /// <summary>Leaves an owner alone that was asked in vain.</summary>
    public void LeaveOwner(HardwareAddress mac, DateTimeOffset now) => Mark(mac, Owner, now.ToUnixTimeSeconds());

    /// <summary>Whether it was asked only just now.</summary>
    public bool LeavesOwner(HardwareAddress mac, DateTimeOffset now) => Read(mac).TryGetValue(Owner, out long asked)
        && now.ToUnixTimeSeconds() - asked is >= 0 and var passed && passed < s_again.TotalSeconds;

    /// <summary>Takes <see cref="LeaveOwner"/> back.</summary>
    public void TryOwner(HardwareAddress mac) => Mark(mac, Owner, null);

    private string PathOf(HardwareAddress mac) => Path.Combine(directory, mac.ToString().Replace(':', '-') + ".left");

    private Dictionary<string, long> Read(HardwareAddress mac)
    {
        Dictionary<string, long> marks = [];
        try
        {
            foreach (string line in File.ReadAllLines(PathOf(mac)))
            {
                if (line.Split(' ') is [var mark, var number]
                    && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                    marks[mark] = value;
            }
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // Without it the pair is tried again.
        }
        return marks;
    }

    private void Mark(HardwareAddress mac, string mark, long? value)
    {
        Dictionary<string, long> marks = Read(mac);
        if (value is { } number ? marks.TryGetValue(mark, out long old) && old == number : !marks.ContainsKey(mark))
            return;
        marks.Remove(mark);
        if (value is not null)
            marks[mark] = value.Value;
        try
        {
            if (marks.Count == 0)
            {
                File.Delete(PathOf(mac));
                return;
            }
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllLines(PathOf(mac), marks.Select(each => $"{each.Key} {each.Value}"));
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The pair is tried once more than it should be, or once less, until its VF comes again.
        }
    }
}
