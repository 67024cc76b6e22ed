using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary>What a command line asks for.</summary>
internal abstract record Request
{
    /// <summary>Show what would be done, and change nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>udev, devd, a timer or this program itself started it, so that standard error is not read, and what is not
    /// for it is no news.</summary>
    public bool IsEvent { get; init; }

    /// <summary>Do it in this process and wait for the end.</summary>
    public bool Foreground { get; init; }

    /// <summary>Say more.</summary>
    public bool Verbose { get; init; }

    /// <summary>The configuration file that was named; null for the default one.</summary>
    public string? Config { get; init; }
}

/// <summary>The hook, and by hand: <c>hyperv-vfattach IFACE [DELAY]</c>.</summary>
internal sealed record AttachRequest(string Interface, TimeSpan? Delay) : Request;

/// <summary>udev's IMPORT{program}: <c>import IFACE</c>.</summary>
internal sealed record ImportRequest(string Interface) : Request;

/// <summary>devd's HYPERV_NIC_VF/VF_UP and VF_DOWN: <c>vfup HN</c>, <c>vfdown HN</c>.</summary>
internal sealed record VfEventRequest(string Synthetic, bool IsUp) : Request;

/// <summary>udev's event <c>remove</c> of a VF: <c>vfleft IFACE</c>.</summary>
internal sealed record VfLeftRequest(string Interface) : Request;

/// <summary>hyperv-vfattach-path@.service: <c>path MAC</c>.</summary>
internal sealed record PathRequest(HardwareAddress Mac) : Request;

/// <summary>devd's IFNET/LINK_UP: <c>linkup IFACE</c>.</summary>
internal sealed record LinkUpRequest(string Interface) : Request;

/// <summary><c>scan [--unfinished | --repair]</c>.</summary>
internal sealed record ScanRequest(bool Unfinished, bool Repair = false) : Request;

/// <summary><c>detach IFACE</c>.</summary>
internal sealed record DetachRequest(string Interface) : Request;

/// <summary>How status is shown.</summary>
internal enum StatusFormat
{
    Text,
    Json,
    Prometheus,
}

/// <summary><c>status [IFACE] [--history] [--json | --prometheus] [--output FILE]</c>, or <c>status [IFACE] --watch[=SECONDS]</c>.</summary>
internal sealed record StatusRequest(string? Interface, StatusFormat Format) : Request
{
    /// <summary>Whether to show what happened until now instead of what is.</summary>
    public bool History { get; init; }

    /// <summary>The time between two looks; null to look once.</summary>
    public TimeSpan? Watch { get; init; }

    /// <summary>The file that is written; null for standard output.</summary>
    public string? Output { get; init; }
}

/// <summary><c>doctor [--json] [--selftest]</c>.</summary>
/// <param name="Json">For programs.</param>
/// <param name="Selftest">Only the faults of an image, one line each.</param>
internal sealed record DoctorRequest(bool Json, bool Selftest) : Request;

/// <summary><c>--help</c>.</summary>
internal sealed record HelpRequest : Request;

/// <summary><c>--version</c>.</summary>
internal sealed record VersionRequest : Request;

/// <summary>A command line that means nothing.</summary>
/// <param name="Message">What is wrong, without a full stop.</param>
internal sealed record BadRequest(string Message) : Request;
