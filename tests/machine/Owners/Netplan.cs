using System.Text;

namespace HypervVfattach.Machines.Owners;

/// <summary>netplan, which writes files for systemd-networkd.</summary>
/// <remarks><c>match: {macaddress: ...}</c> becomes PermanentMACAddress=, which the VF has too: see <see cref="Networkd"/> for the
/// consequences.</remarks>
public sealed class Netplan : Owner
{
    /// <inheritdoc/>
    public override string Name => "netplan";

    /// <inheritdoc/>
    public override string Program => "systemd-networkd";

    /// <inheritdoc/>
    /// <remarks>Its generator makes networkd start.</remarks>
    public override IReadOnlyList<string> Services => ["systemd-resolved.service"];

    /// <inheritdoc/>
    public override bool Releases => true;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [new("/etc/netplan/50-wire.yaml", Encoding.UTF8.GetBytes(
            "network:\n  version: 2\n  renderer: networkd\n  ethernets:\n" +
            Each(interfaces, (name, number) => $"    {name}:\n{Ethernet(method, number)}")),
            UnixFileMode.UserRead | UnixFileMode.UserWrite)];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) => "systemctl start systemd-resolved; netplan apply";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart systemd-networkd";

    /// <inheritdoc/>
    public override string Reconfigure(string name) => "netplan apply";

    /// <inheritdoc/>
    public override string NameServers => Networkd.Resolved;

    private static string Ethernet(Method method, int number) => (method, number) switch
    {
        (Method.Dhcp, 0) => "      dhcp4: true\n      accept-ra: true\n",
        (Method.Dhcp, _) => "      dhcp4: true\n      accept-ra: false\n",
        (_, 0) => $"      addresses: [{StaticV4}/24, \"{StaticV6}/64\"]\n" +
            $"      routes: [{{to: default, via: {Peer.V4}}}, {{to: default, via: \"{Peer.V6}\"}}]\n" +
            $"      nameservers: {{addresses: [{Peer.V4}]}}\n      accept-ra: false\n",
        _ => $"      addresses: [{AddressOf(number)}/24]\n      accept-ra: false\n",
    };
}
