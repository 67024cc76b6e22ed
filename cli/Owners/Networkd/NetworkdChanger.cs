using System.Diagnostics;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Owners;

/// <summary>Applies the changes that need networkd.</summary>
internal static class NetworkdChanger
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // On a busy machine networkd takes many seconds to see a new interface or to read its files. Giving up too early interrupts the network
    // for nothing.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Writes and removes files, and makes networkd reload if anything changed.</summary>
    /// <param name="put">The files.</param>
    /// <param name="name">Gives an interface's name by its index.</param>
    /// <param name="repeat">Whether an earlier attempt may have written the files and died before networkd read them.</param>
    /// <returns>False if networkd has released the interface only after an error, and may have left its addresses there.</returns>
    public static bool Put(PutNetworkFiles put, Func<int, string> name, bool repeat)
    {
        bool changed = NetworkdFiles.Write(put.Files) || repeat && IsRunning();
        if (changed && put.Reload)
            NetworkdBus.Reload();
        return put.Released == 0 || AwaitRelease(put.Released, name);
    }

    /// <summary>Waits until networkd has configured an interface, or at least keeps working on it; <see cref="Check"/> reports the
    /// outcome.</summary>
    /// <param name="link">Index of the interface.</param>
    /// <param name="repeat">During an undo, a networkd that does not run is not waited for.</param>
    public static void AwaitConfigured(int link, bool repeat)
    {
        // Otherwise wait even if it does not run: it may just be restarting.
        if (repeat && !IsRunning())
            return;
        // The state file may not yet show what networkd was just told.
        long start = Stopwatch.GetTimestamp();
        Await(link, start, s_longest, () => Networkd.IsConfigured(link)
            || Stopwatch.GetElapsedTime(start) > s_patience && Networkd.Manages(link, file: null));
    }

    /// <summary>Checks that networkd manages an interface; a silent DHCP server is no failure.</summary>
    /// <param name="check">The interface and its file.</param>
    /// <param name="name">The interface's name.</param>
    /// <param name="repeat">During an undo, a networkd that does not run is no failure.</param>
    /// <exception cref="SystemRefusal">It has given the interface up, or does not manage it at all.</exception>
    public static void Check(CheckNetwork check, string name, bool repeat)
    {
        bool runs = IsRunning();
        if (runs && Networkd.Manages(check.Link, check.File) || !runs && repeat)
            return;
        throw new SystemRefusal(Networkd.Daemon, $"configure {name}{(check.File is null ? "" : $" with {check.File}")}", 0,
            !runs ? "it does not run" : Networkd.HasFailed(check.Link) ? "it gave up" : $"{name} is {Networkd.Words(check.Link)}",
            NetworkdBus.Advice);
    }

    private static bool IsRunning() => Processes.Running("/", new HashSet<string> { Networkd.Daemon }).Count > 0;

    // networkd may still be configuring the port, whose carrier it saw go and return before it read the files. An error there makes it give
    // the link up, whichever file applies by then (link_enter_failed), until it is asked to reconfigure it. Before 250 it then leaves its
    // addresses there.
    private static bool AwaitRelease(int link, Func<int, string> name)
    {
        bool orderly = Await(link, 0, s_longest / 2, () => Networkd.HasReleased(link));
        return Networkd.HasReleased(link) ? orderly
            : throw new SystemRefusal(Networkd.Daemon, $"release {name(link)}", 0, "it still manages the interface");
    }

    /// <summary>Waits until a condition holds or the time is over, and makes networkd start over with a link that it has given
    /// up.</summary>
    /// <returns>False if it had given up.</returns>
    private static bool Await(int link, long asked, TimeSpan limit, Func<bool> isSo)
    {
        bool orderly = true;
        for (long start = Stopwatch.GetTimestamp(); !isSo() && Stopwatch.GetElapsedTime(start) < limit; Thread.Sleep(10))
        {
            if (!Networkd.HasFailed(link) || Stopwatch.GetElapsedTime(asked) < s_pause)
                continue;
            NetworkdBus.Reconfigure(link);
            asked = Stopwatch.GetTimestamp();
            orderly = false;
        }
        return orderly;
    }
}
