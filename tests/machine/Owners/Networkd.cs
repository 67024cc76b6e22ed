namespace HypervVfattach.Machines.Owners;

/// <summary>systemd-networkd with a .network file, and systemd-resolved for the names.</summary>
/// <remarks>Bookworm's version 252 does not know the udev property ID_NET_MANAGED_BY: with <c>Name=en*</c> it takes the VF too and gets a
/// second lease there, and then the pair is refused.</remarks>
public class Networkd : Owner
{
    /// <summary>Prints the name servers of the links only.</summary>
    internal const string Resolved = "resolvectl dns | sed -n 's/^Link.*): *//p' | tr ' ' '\\n' | grep .";

    /// <inheritdoc/>
    public override string Name => "systemd-networkd";

    /// <inheritdoc/>
    public override string Program => "systemd-networkd";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Services => ["systemd-networkd.service", "systemd-resolved.service"];

    /// <inheritdoc/>
    public override bool Releases => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [.. interfaces.Select((name, number) => GuestFile.Text($"/etc/systemd/network/50-{name}.network", $"""
            [Match]
            Name={name}

            [Network]
            {Network(method, number)}

            """))];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) => "systemctl start systemd-resolved systemd-networkd";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart systemd-networkd";

    /// <inheritdoc/>
    public override string Reconfigure(string name) => $"networkctl reconfigure {name}";

    /// <inheritdoc/>
    public override string NameServers => Resolved;

    private static string Network(Method method, int number) => (method, number) switch
    {
        (Method.Dhcp, 0) => "DHCP=ipv4\nIPv6AcceptRA=yes",
        (Method.Dhcp, _) => "DHCP=ipv4\nIPv6AcceptRA=no",
        (_, 0) => $"Address={StaticV4}/24\nAddress={StaticV6}/64\nGateway={Peer.V4}\nGateway={Peer.V6}\nDNS={Peer.V4}\nIPv6AcceptRA=no",
        _ => $"Address={AddressOf(number)}/24\nIPv6AcceptRA=no",
    };
}
