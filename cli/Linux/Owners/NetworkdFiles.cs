using System.Diagnostics;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>Writes files for networkd.</summary>
internal static class NetworkdFiles
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Makes the files as they shall be, and has networkd read them where that changed anything.</summary>
    /// <param name="put">The files.</param>
    /// <param name="name">Gives an interface's name by its index.</param>
    /// <param name="repeat">Whoever wrote them may have ended before networkd read them.</param>
    public static void Put(PutNetworkFiles put, Func<int, string> name, bool repeat)
    {
        bool changed = repeat && Processes.Running("/", new HashSet<string> { Networkd.Daemon }).Count > 0;
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
        if (put.Released != 0)
            AwaitRelease(put.Released, name);
    }

    private static void AwaitRelease(int link, Func<int, string> name)
    {
        long start = Stopwatch.GetTimestamp(), asked = 0;
        while (!Networkd.HasReleased(link))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
                throw new SystemRefusal("systemd-networkd", $"have it let go of {name(link)}", 0,
                    "it still manages the interface");
            // It has gone on configuring the port that it had seen lose and get its carrier before it read the files. An
            // error there makes it give the link up, whichever file holds by then (link_enter_failed), until it is asked.
            if (Networkd.HasFailed(link) && Stopwatch.GetElapsedTime(asked) > s_pause)
            {
                NetworkdBus.Reconfigure(link);
                asked = Stopwatch.GetTimestamp();
            }
            Thread.Sleep(10);
        }
    }
}
