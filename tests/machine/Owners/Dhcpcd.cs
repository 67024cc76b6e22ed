namespace HypervVfattach.Machines.Owners;

/// <summary>dhcpcd with a list of its interfaces, for both address families.</summary>
/// <remarks>As the manager of all interfaces it ignores udev properties: it takes a VF as soon as it exists and gets the same address a
/// second time, and then the pair is refused. <c>denyinterfaces</c> keeps it off.</remarks>
public sealed class Dhcpcd : Owner
{
    /// <summary>Where it writes its process number; before version 9 it was /run/dhcpcd-%i.pid.</summary>
    public string PidFile { get; init; } = "/run/dhcpcd/%i.pid";

    /// <inheritdoc/>
    public override string Name => "dhcpcd";

    /// <inheritdoc/>
    public override string Program => "dhcpcd";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Services => ["wire@enp0s16.service"];

    /// <inheritdoc/>
    public override bool NeedsName => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
    [
        GuestFile.Text("/etc/dhcpcd.conf", $"""
            hostname
            duid
            persistent
            option domain_name_servers
            noipv4ll
            {Each(interfaces, (name, number) => $"interface {name}\n{Lines(method, number)}")}
            """),
        // One per interface, as in Debian's dhcpcd@.service: with two it calls itself the manager of all.
        GuestFile.Text("/etc/systemd/system/wire@.service", $"""
            {BoundToInterface}
            [Service]
            Type=forking
            PIDFile={PidFile}
            ExecStart=/usr/sbin/dhcpcd -q -b %i
            ExecStop=/usr/sbin/dhcpcd -x %i
            TimeoutStopSec=5

            """),
    ];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) =>
        $"systemctl start {string.Join(' ', interfaces.Select(name => $"wire@{name}"))}";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart 'wire@*'";

    /// <inheritdoc/>
    public override string Reconfigure(string name) => $"dhcpcd -n {name}";

    private static string Lines(Method method, int number) => (method, number) switch
    {
        (Method.Dhcp, 0) => "",
        (Method.Dhcp, _) => "noipv6\n",
        (_, 0) => $"static ip_address={StaticV4}/24\nstatic ip6_address={StaticV6}/64\nstatic routers={Peer.V4}\n"
            + $"static domain_name_servers={Peer.V4}\nnoipv6rs\n",
        _ => $"static ip_address={AddressOf(number)}/24\nnoipv6\n",
    };
}
