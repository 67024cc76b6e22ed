namespace HypervVfattach.Machines.Owners;

/// <summary>dhclient without a network manager, as a hand-written service for each interface. Static addresses are set with
/// <c>ip</c>.</summary>
public sealed class Dhclient : Owner
{
    /// <inheritdoc/>
    public override string Name => "dhclient";

    /// <inheritdoc/>
    public override string Program => "dhclient";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Services => ["wire@enp0s16.service"];

    /// <inheritdoc/>
    public override bool TakesNameServersFromRouters => false;

    /// <inheritdoc/>
    public override bool Releases => true;

    /// <inheritdoc/>
    public override bool NeedsName => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
    [
        .. interfaces.Select((name, number) => GuestFile.Text($"/etc/systemd/system/wire@{name}.service", $"""
            [Service]
            {(method == Method.Dhcp ? $"ExecStart=/sbin/dhclient -4 -d -pf /run/wire.%i.pid -lf {Leases("%i")} %i" : Commands(name, number))}

            """)),
        GuestFile.Text("/etc/systemd/system/wire@.service.d/bound.conf", BoundToInterface),
    ];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) =>
        $"systemctl start --no-block {string.Join(' ', interfaces.Select(name => $"wire@{name}"))}";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart --no-block 'wire@*'";

    /// <inheritdoc/>
    public override string Reconfigure(string name) =>
        $"systemctl stop wire@{name}; dhclient -4 -r -lf {Leases(name)} {name}; systemctl start --no-block wire@{name}";

    private static string Leases(string name) => $"/var/lib/dhcp/wire.{name}.leases";

    private static string Commands(string name, int number) => string.Join('\n',
    [
        "Type=oneshot",
        "RemainAfterExit=yes",
        $"ExecStart=ip link set {name} up",
        $"ExecStart=ip address replace {AddressOf(number)}/24 dev {name}",
        .. number > 0 ? [] : new[]
        {
            $"ExecStart=ip address replace {StaticV6}/64 dev {name} nodad",
            $"ExecStart=ip route replace default via {Peer.V4} dev {name}",
            $"ExecStart=ip route replace default via {Peer.V6} dev {name}",
            $"ExecStart=/bin/sh -c 'echo nameserver {Peer.V4} >/etc/resolv.conf'",
        },
    ]);
}
