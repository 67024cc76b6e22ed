using System.Text;

namespace HypervVfattach.Machines.Owners;

/// <summary>NetworkManager with a profile in a key file and its own DHCP client, otherwise as Debian installs it.</summary>
/// <remarks>A VF without our udev properties (<c>join = "none"</c>) gets an automatic profile: a second client and a second default route.
/// With them NetworkManager leaves it alone, even when it is switched on.</remarks>
public sealed class NetworkManager : Owner
{
    /// <inheritdoc/>
    public override string Name => "NetworkManager";

    /// <inheritdoc/>
    public override string Program => "NetworkManager";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Services => ["NetworkManager.service"];

    /// <inheritdoc/>
    public override IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces) =>
        [.. interfaces.Select((name, number) => Private($"/etc/NetworkManager/system-connections/wire-{name}.nmconnection", $"""
            [connection]
            id=wire-{name}
            type=ethernet
            interface-name={name}

            [ipv4]
            {Ipv4(method, number)}

            [ipv6]
            {Ipv6(method, number)}

            """))];

    /// <inheritdoc/>
    public override string Start(params IReadOnlyList<string> interfaces) => "systemctl start NetworkManager";

    /// <inheritdoc/>
    public override string Restart => "systemctl restart NetworkManager";

    /// <inheritdoc/>
    /// <remarks>On a bond the profile is a copy; when asked for the original, NetworkManager removes the port, as it is designed
    /// to.</remarks>
    public override string Reconfigure(string name) => name.StartsWith(Bond, StringComparison.Ordinal)
        ? $"nmcli connection up wire-{name[Bond.Length..]}; hyperv-vfattach --foreground scan" : $"nmcli connection up wire-{name}";

    private const string Bond = "bond-";

    private static string Ipv4(Method method, int number) => (method, number) switch
    {
        (Method.Dhcp, _) => "method=auto",
        (_, 0) => $"method=manual\naddress1={StaticV4}/24,{Peer.V4}\ndns={Peer.V4};",
        _ => $"method=manual\naddress1={AddressOf(number)}/24",
    };

    private static string Ipv6(Method method, int number) => (method, number) switch
    {
        (Method.Dhcp, 0) => "method=auto",
        (Method.Static, 0) => $"method=manual\naddress1={StaticV6}/64,{Peer.V6}",
        _ => "method=disabled",
    };

    // NetworkManager ignores profiles that others may read, because they may contain passwords.
    private static GuestFile Private(string path, string text) =>
        new(path, Encoding.UTF8.GetBytes(text), UnixFileMode.UserRead | UnixFileMode.UserWrite);
}
