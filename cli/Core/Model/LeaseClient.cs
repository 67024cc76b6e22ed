using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>A DHCP client that runs by itself for one interface, as it can be started again.</summary>
/// <param name="Link">Index of the interface it runs on.</param>
/// <param name="Process">Its process.</param>
/// <param name="Started">When that began, in the kernel's ticks: process numbers are used again.</param>
/// <param name="Executable">What runs.</param>
/// <param name="Arguments">Its command line, the program's name first: it names the interface, and the files of lease and
/// process, so that whoever else knows the client by them (ifdown) finds the new one. dhcpcd writes its state over
/// it.</param>
/// <param name="Group">Its control group: what we start must not end with our own service.</param>
internal sealed record LeaseClient(
    int Link, int Process, long Started, string Executable, ImmutableArray<string> Arguments, string Group) : OwnerState
{
    /// <summary>The unit of systemd that the client is the main process of, which starts it again; null where it is nobody's.</summary>
    public string? Service { get; init; }

    /// <summary>Its service, or else its program.</summary>
    public string Name => Service ?? Arguments[0][(Arguments[0].LastIndexOf('/') + 1)..];

    /// <summary>Its command line, for people.</summary>
    public string CommandLine => string.Join(' ', Arguments);

    /// <summary>Whether the metrics of its routes come from its interface's index (dhcpcd.conf(5), metric), so that on
    /// another interface it adds others beside those that it finds.</summary>
    public bool CountsByIndex => Executable[(Executable.LastIndexOf('/') + 1)..].StartsWith("dhcpcd", StringComparison.Ordinal);
}
