using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Apply;

/// <summary>What the timer must not retry by itself, because each attempt may interrupt the network for a moment: one file per
/// reason, beside the journals.</summary>
/// <remarks>The VF: set before a join, an added port or a redirect begins, and when a person detaches. Cleared when that succeeds;
/// without effect as soon as the VF comes back with another index, and after a try of ours while that VF cuts the network. The second line of
/// the file has the reason and the time. The undo: set when an undo was incomplete, or the journal is damaged. Cleared by the next run of any
/// command that finds the pair in order. A refusal by the system outside a plan sets neither. The owner: set when it does not manage a bond,
/// with the time before which it is not asked to; cleared when it manages the bond again. The path check: what it tells each round, and what
/// its next run has to know; cleared when it ends for good.</remarks>
/// <param name="directory">The journals' directory; created with the first file.</param>
internal sealed class RetryHoldOff(string directory)
{
    /// <summary>Leaves a pair with this VF alone until its next event or a person's command.</summary>
    /// <param name="why">What happened, for messages.</param>
    public void Vf(HardwareAddress mac, int vf, string why, DateTimeOffset now) => Write(VfPath(mac), string.Create(
        CultureInfo.InvariantCulture, $"{vf}\n{why.ReplaceLineEndings("; ")} ({now.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'})"));

    /// <summary>Undoes <see cref="Vf"/>.</summary>
    public void NotVf(HardwareAddress mac) => Remove(VfPath(mac));

    /// <summary>Undoes <see cref="Vf"/> if the path check did it, with whatever VF.</summary>
    public void NotPathCheck(HardwareAddress mac)
    {
        if (Read(VfPath(mac))?.Split('\n', 2) is [_, var why] && PathCheck.IsReason(why))
            NotVf(mac);
    }

    /// <summary>Whether a pair with this VF is left alone.</summary>
    public bool IsVf(HardwareAddress mac, int vf) => WhyVf(mac, vf) is not null;

    /// <summary>Why a pair with this VF is left alone; null if it is not.</summary>
    public string? WhyVf(HardwareAddress mac, int vf)
    {
        string[]? lines = Read(VfPath(mac))?.Split('\n', 2);
        return lines?[0] == vf.ToString(CultureInfo.InvariantCulture) ? lines.ElementAtOrDefault(1) ?? "an attempt failed" : null;
    }

    /// <summary>Why the path check leaves this VF alone; null if it does not.</summary>
    public string? WhyPathCheck(HardwareAddress mac, int vf) => WhyVf(mac, vf) is { } why && PathCheck.IsReason(why) ? why : null;

    /// <summary>Keeps the state of the path check.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <param name="now">The time.</param>
    /// <param name="state">The state in a sentence.</param>
    /// <param name="memory">What its next run has to know, in one line.</param>
    public void Path(HardwareAddress mac, DateTimeOffset now, string state, string memory) =>
        Write(PathPath(mac), string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeSeconds()}\n{state}\n{memory}"));

    /// <summary>The path check has ended.</summary>
    public void NoPath(HardwareAddress mac) => Remove(PathPath(mac));

    /// <summary>The state of the path check; null if it does not run, or has not told for a minute.</summary>
    public string? PathState(HardwareAddress mac, DateTimeOffset now) =>
        Path(mac) is { } lines && Age(lines, now) <= 60 ? lines[1] : null;

    /// <summary>Expects the path check, which has been started, to tell something within ten minutes.</summary>
    /// <returns>False if it has not, so that it cannot run.</returns>
    public bool AwaitPath(HardwareAddress mac, DateTimeOffset now)
    {
        if (Path(mac) is { } lines)
            return Age(lines, now) <= 600;
        Path(mac, now, "path check: it is started", "-");
        return true;
    }

    /// <summary>What the last run of the path check knew; null if it has ended for good.</summary>
    public string? PathMemory(HardwareAddress mac) => Path(mac)?[2];

    /// <summary>Leaves an incomplete undo to a person, or ends that.</summary>
    public void Undo(HardwareAddress mac, bool incomplete)
    {
        if (incomplete)
            Write(UndoPath(mac), "");
        else
            Remove(UndoPath(mac));
    }

    /// <summary>Whether the pair's undo is left to a person.</summary>
    public bool IsUndo(HardwareAddress mac) => Read(UndoPath(mac)) is not null;

    /// <summary>Leaves the owner of a joined pair alone until a time.</summary>
    public void Owner(HardwareAddress mac, DateTimeOffset until) =>
        Write(OwnerPath(mac), until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Undoes <see cref="Owner"/>.</summary>
    public void NotOwner(HardwareAddress mac) => Remove(OwnerPath(mac));

    /// <summary>Until when the owner is left alone; null if it manages the bond.</summary>
    public DateTimeOffset? OwnerUntil(HardwareAddress mac) =>
        long.TryParse(Read(OwnerPath(mac)), NumberStyles.None, CultureInfo.InvariantCulture, out long until)
            ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(until, DateTimeOffset.MaxValue.ToUnixTimeSeconds())) : null;

    // In seconds.
    private static long Age(string[] lines, DateTimeOffset now) => now.ToUnixTimeSeconds() - long.Parse(lines[0], CultureInfo.InvariantCulture);

    // Time, state and memory. A longer file is none of ours.
    private string[]? Path(HardwareAddress mac) => Read(PathPath(mac)) is { Length: < 8192 } text && text.Split('\n') is { Length: 3 } lines
        && long.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? lines : null;

    private string PathPath(HardwareAddress mac) => PathOf(mac, ".check");

    private string OwnerPath(HardwareAddress mac) => PathOf(mac, ".owner");

    private string VfPath(HardwareAddress mac) => PathOf(mac, ".left");

    private string UndoPath(HardwareAddress mac) => PathOf(mac, ".incomplete");

    private string PathOf(HardwareAddress mac, string suffix) => System.IO.Path.Combine(directory, mac.ToString().Replace(':', '-') + suffix);

    private void Write(string path, string text)
    {
        try
        {
            StateDirectory.Create(directory);
            // A reader, or the next run, must not find half of it.
            string draft = path + ".new";
            File.WriteAllText(draft, $"{text}\n");
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // Without the file the pair is tried again.
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The next event handles the pair all the same.
        }
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            return null;
        }
    }
}
