namespace HypervVfattach.Machines.Owners;

/// <summary>dhclient without anybody around it, as a service that somebody wrote. What is static is set by <c>ip</c>.</summary>
public sealed class Dhclient : Owner
{
    /// <inheritdoc/>
    public override string Name => "dhclient";

    /// <inheritdoc/>
    public override string Program => "dhclient";

    /// <inheritdoc/>
    public override string? Service => "wire.service";

    /// <inheritdoc/>
    public override bool TakesNameServersFromRouters => false;

    /// <inheritdoc/>
    public override bool Releases => true;

    /// <inheritdoc/>
    public override bool NeedsName => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [GuestFile.Text("/etc/systemd/system/wire.service", $"""
            {After(interfaces)}
            [Service]
            {(method == Method.Dhcp ? Client(interfaces) : Commands(interfaces))}

            """)];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) => "systemctl start --no-block wire.service";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart --no-block wire.service";

    /// <inheritdoc/>
    public override string Reconfigure(string name) =>
        "systemctl stop wire.service; dhclient -4 -r -lf /var/lib/dhcp/wire.leases " + name + "; systemctl start --no-block wire.service";

    private static string Client(IReadOnlyList<string> interfaces) =>
        $"ExecStart=/sbin/dhclient -4 -d -pf /run/wire.pid -lf /var/lib/dhcp/wire.leases {string.Join(' ', interfaces)}";

    private static string Commands(IReadOnlyList<string> interfaces) => "Type=oneshot\nRemainAfterExit=yes\n" +
        Each(interfaces, (name, number) => string.Join('\n',
        [
            $"ExecStart=ip link set {name} up",
            $"ExecStart=ip address replace {AddressOf(number)}/24 dev {name}",
            .. number > 0 ? [] : new[]
            {
                $"ExecStart=ip address replace {StaticV6}/64 dev {name} nodad",
                $"ExecStart=ip route replace default via {Peer.V4} dev {name}",
                $"ExecStart=ip route replace default via {Peer.V6} dev {name}",
                $"ExecStart=/bin/sh -c 'echo nameserver {Peer.V4} >/etc/resolv.conf'",
            },
            "",
        ]));
}
