using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>A change of an IP address.</summary>
internal abstract record AddressChange(Address Address) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Address.Link);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Address = Address with { Link = index(Address.Link) } };
}

/// <summary>Add an IP address, an IPv6 one without duplicate address detection (IFA_F_NODAD): the twin has the same
/// address, and a second of silence would be the price of finding that out.</summary>
internal sealed record AddAddress(Address Address) : AddressChange(Address)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address add {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"add address {ObjectText.Of(Address)}";
}

/// <summary>Give an address that is there exactly these flags, lifetimes and metric (NLM_F_REPLACE): IFA_F_NODAD
/// stays visible on an address that was added with it.</summary>
internal sealed record PutAddress(Address Address) : AddressChange(Address)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address change {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set address {ObjectText.Of(Address)}";
}

/// <summary>Remove an IP address.</summary>
internal sealed record RemoveAddress(Address Address) : AddressChange(Address)
{
    /// <summary>IPv4 addresses have an order: the first one is the source of what no other matches (inet_select_addr,
    /// net/ipv4/devinet.c). The last is removed first, and where one is refused, those before it must stay: else the way back
    /// would add them behind it.</summary>
    public override Batch Batch => Address.IsIPv6 ? Batch.Removals : Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address del {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove address {ObjectText.Of(Address)}";
}

/// <summary>Remove these IPv4 addresses of one interface, from the first on whose label a rename has changed: the kernel names the label
/// of every further address anew (inetdev_changename, net/ipv4/devinet.c), and only an address that is added gets the label that is
/// asked for. Where no label has changed, nothing is removed.</summary>
/// <param name="Addresses">The addresses with their labels from before, in the order in which they were added.</param>
internal sealed record RemoveRelabelled(ImmutableArray<Address> Addresses) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"address del {string.Join(", ", Addresses.Select(ObjectText.Of))} dev {Subject(name)}, if a rename has changed a label";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Addresses[0].Link);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "remove addresses whose labels have changed";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) =>
        new RemoveRelabelled([.. Addresses.Select(address => address with { Link = index(address.Link) })]);

    /// <summary>Which of them have to be removed, the last one first.</summary>
    /// <param name="there">The addresses that the system has now.</param>
    public IEnumerable<Address> Among(IEnumerable<Address> there)
    {
        Address[] now = [.. there];
        return Addresses.SkipWhile(address => !now.Any(other => other.IsSameAs(address) && other.Label != address.Label)).Reverse();
    }

    /// <inheritdoc/>
    public bool Equals(RemoveRelabelled? other) => other is not null && Addresses.SequenceEqual(other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => Addresses.Length;
}

/// <summary>Set how an interface makes its own IPv6 link-local address (IN6_ADDR_GEN_MODE_*), without its making one at
/// once, as it does when the setting addr_gen_mode is written.</summary>
internal sealed record SetAddressGeneration(int Link, byte Mode) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} addrgenmode {Mode}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set IPv6 address generation mode {Mode}";
}

/// <summary>Set the interface identifier that the kernel puts behind an advertised prefix (IFLA_INET6_TOKEN); <c>::</c> for none.</summary>
internal sealed record SetToken(int Link, IPAddress Token) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"token set {Token} dev {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set IPv6 token {Token}";
}
