namespace HypervVfattach.Core.Model;

/// <summary>A program that configures an interface.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">Its name: NetworkManager, systemd-networkd, dhclient, dhcpcd, ...</param>
/// <param name="Evidence">What shows it, for the administrator: a file or a process.</param>
internal sealed record Owner(int Link, string Program, string Evidence);
