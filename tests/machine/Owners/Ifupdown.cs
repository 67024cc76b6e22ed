namespace HypervVfattach.Machines.Owners;

/// <summary>ifupdown, which starts dhclient for IPv4 and leaves IPv6 to the kernel.</summary>
public sealed class Ifupdown : Owner
{
    /// <inheritdoc/>
    public override string Name => "ifupdown";

    /// <inheritdoc/>
    public override string Program => "dhclient";

    /// <inheritdoc/>
    public override bool TakesNameServersFromRouters => false;

    /// <inheritdoc/>
    public override bool Releases => true;

    /// <inheritdoc/>
    public override bool NeedsName => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [GuestFile.Text("/etc/network/interfaces.d/wire", Each(interfaces, (name, number) =>
            $"auto {name}\n{Stanzas(method, name, number)}"))];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) =>
        // It returns when it has the first lease.
        $"setsid ifup {string.Join(' ', interfaces)} >/dev/null 2>&1 &";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart networking";

    /// <inheritdoc/>
    public override string Reconfigure(string name) => $"ifdown {name} && ifup {name}";

    private static string Stanzas(Method method, string name, int number) => (method, number) switch
    {
        (Method.Dhcp, 0) => $"iface {name} inet dhcp\niface {name} inet6 auto\n",
        (Method.Dhcp, _) => $"iface {name} inet dhcp\n",
        // dns-nameservers would need resolvconf; without it people write the file.
        (_, 0) => $"iface {name} inet static\n  address {StaticV4}/24\n  gateway {Peer.V4}\n  up echo nameserver {Peer.V4} >/etc/resolv.conf\n"
            + $"iface {name} inet6 static\n  address {StaticV6}/64\n  gateway {Peer.V6}\n",
        _ => $"iface {name} inet static\n  address {AddressOf(number)}/24\n",
    };
}
