using System.Net;

namespace HypervVfattach.Machines.Owners;

/// <summary>The source of an interface's configuration.</summary>
public enum Method
{
    /// <summary>DHCPv4 and router advertisements from <see cref="Router"/>.</summary>
    Dhcp,

    /// <summary>Addresses, routers and name server in a file.</summary>
    Static,
}

/// <summary>A program with which people configure their NICs, as a test installs it: its files and its commands.</summary>
public abstract class Owner
{
    /// <summary>The static IPv4 address of the first interface; the prefix length is 24.</summary>
    public static IPAddress StaticV4 { get; } = IPAddress.Parse("10.77.0.50");

    /// <summary>The static IPv6 address of the first interface; the prefix length is 64.</summary>
    public static IPAddress StaticV6 { get; } = IPAddress.Parse("fd77::50");

    /// <summary>Its name in reports.</summary>
    public abstract string Name { get; }

    /// <summary>hyperv-vfattach's name for the owner of the configuration.</summary>
    public abstract string Program { get; }

    /// <summary>The services to enable for boot; empty if the packages do that.</summary>
    public virtual IReadOnlyList<string> Services => [];

    /// <summary>Whether it also takes name servers from router advertisements.</summary>
    public virtual bool TakesNameServersFromRouters => true;

    /// <summary>Whether it releases its lease when a person restarts it or switches its interface off; the server then offers the same
    /// address again.</summary>
    public virtual bool Releases => false;

    /// <summary>Whether it knows an interface by its name only, so that a bond gets the synthetic NIC's name.</summary>
    public virtual bool NeedsName => false;

    /// <summary>Its configuration of these interfaces and no others.</summary>
    public abstract IReadOnlyList<GuestFile> Files(Method method, params IReadOnlyList<string> interfaces);

    /// <summary>Makes it configure these interfaces, as at boot.</summary>
    public abstract string Start(params IReadOnlyList<string> interfaces);

    /// <summary>Restarts the program itself.</summary>
    public abstract string Restart { get; }

    /// <summary>What a person types to switch the interface off and on, or to have it configured again.</summary>
    public abstract string Reconfigure(string name);

    /// <summary>Prints the name servers in use, one per line.</summary>
    /// <remarks>dhclient's script rewrites the file at each renewal, and for a moment it is empty.</remarks>
    public virtual string NameServers =>
        "for try in 1 2 3 4 5; do sed -n 's/^nameserver //p' /etc/resolv.conf | grep . && break; sleep 0.1; done";

    /// <summary>Makes the service start with the machine.</summary>
    public IReadOnlyList<GuestFile> AtBoot => Services.Count == 0
        ? []
        : [GuestFile.Text("/etc/systemd/system/multi-user.target.d/owner.conf", $"[Unit]\nWants={string.Join(' ', Services)}\n")];

    /// <summary>The section of a service file that makes systemd start and stop it together with its interface, as an administrator writes
    /// it.</summary>
    protected const string BoundToInterface =
        "[Unit]\nBindsTo=sys-subsystem-net-devices-%i.device\nAfter=sys-subsystem-net-devices-%i.device\n";

    /// <summary>An interface's static address; only the first one has a router, a name server and an IPv6 address.</summary>
    protected static IPAddress AddressOf(int number) => IPAddress.Parse($"10.77.{number}.50");

    /// <summary>One text for each interface, with its number.</summary>
    protected static string Each(IReadOnlyList<string> interfaces, Func<string, int, string> text) =>
        string.Concat(interfaces.Select(text));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
