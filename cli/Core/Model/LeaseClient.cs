using System.Collections.Immutable;

namespace HypervVfattach.Core.Model;

/// <summary>A DHCP client that runs by itself for one interface, as it can be started again.</summary>
/// <param name="Link">Index of the interface it runs on.</param>
/// <param name="Process">Its process.</param>
/// <param name="Started">When that began, in the kernel's ticks: process numbers are used again.</param>
/// <param name="Executable">What runs.</param>
/// <param name="Arguments">Its command line, the program's name first: it names the interface, and the files of lease and
/// process, so that whoever else knows the client by them (ifdown) finds the new one.</param>
/// <param name="Group">Its control group: what we start must not end with our own service.</param>
internal sealed record LeaseClient(
    int Link, int Process, long Started, string Executable, ImmutableArray<string> Arguments, string Group) : OwnerState;
