namespace HypervVfattach.Commands;

/// <summary>The texts of --help and --version.</summary>
internal static class HelpText
{
    /// <summary>One line, shown with every usage error.</summary>
    public const string Usage = "usage: hyperv-vfattach IFACE [DELAY] | import IFACE | scan [--unfinished | --repair] | detach IFACE"
        + " | status [IFACE] [--history] [--json | --prometheus | --watch[=SECONDS]] [--output FILE] | doctor [--json | --selftest]\n";

    /// <summary>The whole help.</summary>
    public const string Help = """
        hyperv-vfattach: joins an SR-IOV VF with the synthetic NIC that has its MAC address, where the kernel does not.

        usage:
          hyperv-vfattach IFACE [DELAY]     look at the pair of IFACE (VF or synthetic NIC) and join it, if needed,
                                            after DELAY seconds (0 to 86400), in the background; this is udev's hook
          hyperv-vfattach scan              finish or undo what an interrupted run left, then look at all pairs
          hyperv-vfattach detach IFACE      undo the join: the synthetic NIC has its configuration as before;
                                            IFACE is the bond or lagg, the synthetic NIC or the VF
          hyperv-vfattach status [IFACE]    the pairs, how each is joined, and which path carries its traffic
          hyperv-vfattach status --history [IFACE]
                                            what happened to the pairs until now, also before the last restart
          hyperv-vfattach doctor            what is wrong or in the way, why it matters, and what to do about it
          hyperv-vfattach import IFACE      udev properties of a VF, for IMPORT{program}
          hyperv-vfattach vfleft IFACE      for udev: the VF IFACE has left; announces the other path
          hyperv-vfattach path MAC          for hyperv-vfattach-path@.service: asks neighbours through the VF (path_check)
          hyperv-vfattach vfup HN           FreeBSD, for devd: the VF of HN was switched on (vfdown HN: off)
          hyperv-vfattach linkup IFACE      FreeBSD, for devd: IFACE has a link; starts dhclient if DHCP configures it

        options:
          --dry-run        show what would be done, and change nothing
          --event          udev, devd or a service started it: IFINDEX names the interface, and messages go to the log only
          --foreground     do it in this process and wait for the end
          --config FILE    read this file instead of /etc/hyperv-vfattach.toml (FreeBSD: below /usr/local/etc)
          --verbose        log details
          --unfinished     scan: only finish or undo what an interrupted run left
          --repair         scan: join what can be joined, and log nothing about the rest; for a timer
          --history        status: what happened
          --json           status, doctor: for programs
          --prometheus     status: for a metrics collector
          --selftest       doctor: only what is wrong with the NICs of an image, one line each
          --output FILE    status: write this file, as a whole, instead of standard output
          --watch[=SECONDS]  status: show it again and again, with the rates; every 2 seconds, or 1 to 3600
          --help           this text
          --version        the version

        Write two dashes before an interface that has the name of a command: hyperv-vfattach -- status

        exit status:
          0  done, or nothing to do (gone and no part of a pair included)
          1  refused, by the system or because it cannot be done without loss; everything is as before
          2  wrong usage
          3  bad configuration file; nothing was changed (scan recovers interrupted runs before it reads the file)
          4  undone only in part, or a journal is damaged; the message names what is left
          5  joined, but without the VF
          6  status, doctor: degraded; a pair has a path, but not the best, or one that would not survive the loss of the VF
          7  status, doctor: broken; a pair has no path, or its journal or the configuration file is damaged

        See hyperv-vfattach(8), hyperv-vfattach-doctor(8), hyperv-vfattach-status(7) and hyperv-vfattach.toml(5).

        """;

    /// <summary>Name and version.</summary>
    public static string Version => $"hyperv-vfattach {Number}\n";

    /// <summary>The version.</summary>
    public static string Number => typeof(HelpText).Assembly.GetName().Version?.ToString(3) ?? "";
}
