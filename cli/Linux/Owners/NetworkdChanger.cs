using System.Diagnostics;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>Makes the changes that networkd is asked for.</summary>
internal static class NetworkdChanger
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // A busy machine's networkd takes many seconds to see a new interface or to read its files: to give up too early cuts the
    // network for nothing.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Makes the files as they shall be, and has networkd read them where that changed anything.</summary>
    /// <param name="put">The files.</param>
    /// <param name="name">Gives an interface's name by its index.</param>
    /// <param name="repeat">Whoever wrote them may have ended before networkd read them.</param>
    /// <returns>Whether networkd has let go of the interface in an orderly way.</returns>
    public static bool Put(PutNetworkFiles put, Func<int, string> name, bool repeat)
    {
        bool changed = repeat && IsRunning();
        // Those that are written come first: where there is no room for them, the others stay as well.
        foreach (NetworkFile file in put.Files.OrderBy(file => file.Text is null))
        {
            string path = NetworkdLink.Directory + file.Name;
            try
            {
                string? now = File.Exists(path) ? File.ReadAllText(path) : null;
                if (now == file.Text)
                    continue;
                changed = true;
                if (file.Text is null)
                {
                    File.Delete(path);
                    continue;
                }
                Directory.CreateDirectory(NetworkdLink.Directory);
                File.WriteAllText(path + ".new", file.Text);
                File.Move(path + ".new", path, overwrite: true);
            }
            catch (Exception e) when (FileRefusal.Is(e))
            {
                throw FileRefusal.From(e, path, file.Text is null ? "remove" : "write");
            }
        }
        if (changed && put.Reload)
            NetworkdBus.Reload();
        return put.Released == 0 || AwaitRelease(put.Released, name);
    }

    /// <summary>Waits until networkd has configured an interface, or at least goes on with it; <see cref="Check"/> tells what came
    /// of it.</summary>
    /// <param name="link">Index of the interface.</param>
    /// <param name="repeat">On the way back a networkd that does not run is not waited for.</param>
    public static void AwaitConfigured(int link, bool repeat)
    {
        // Without it: it may just be restarting.
        if (repeat && !IsRunning())
            return;
        // What it has just been told may not show yet.
        long start = Stopwatch.GetTimestamp();
        Await(link, start, s_longest, () => Networkd.IsConfigured(link)
            || Stopwatch.GetElapsedTime(start) > s_patience && Networkd.Manages(link, file: null));
    }

    /// <summary>Checks that networkd manages an interface; a DHCP server that is silent is no failure.</summary>
    /// <param name="check">The interface, and by which file.</param>
    /// <param name="name">The interface's name.</param>
    /// <param name="repeat">On the way back a networkd that does not run keeps nothing from being as it was.</param>
    /// <exception cref="SystemRefusal">It has given the interface up, or does not manage it at all.</exception>
    public static void Check(CheckNetwork check, string name, bool repeat)
    {
        bool runs = IsRunning();
        if (runs && Networkd.Manages(check.Link, check.File) || !runs && repeat)
            return;
        throw new SystemRefusal(Networkd.Daemon, $"configure {name}{(check.File is null ? "" : $" by {check.File}")}", 0,
            !runs ? "it does not run" : Networkd.HasFailed(check.Link) ? "it gave up" : $"{name} is {Networkd.Words(check.Link)}",
            NetworkdBus.Advice);
    }

    private static bool IsRunning() => Processes.Running("/", new HashSet<string> { Networkd.Daemon }).Count > 0;

    // It has gone on configuring the port that it had seen lose and get its carrier before it read the files. An error there
    // makes it give the link up, whichever file holds by then (link_enter_failed), until it is asked. Before 250 it leaves
    // there what it has put there.
    private static bool AwaitRelease(int link, Func<int, string> name)
    {
        bool orderly = Await(link, 0, s_longest / 2, () => Networkd.HasReleased(link));
        return Networkd.HasReleased(link) ? orderly
            : throw new SystemRefusal(Networkd.Daemon, $"have it let go of {name(link)}", 0, "it still manages the interface");
    }

    /// <summary>Waits until something is so or it is too late, and has networkd begin anew with a link that it has given up.</summary>
    /// <returns>False if it had.</returns>
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
