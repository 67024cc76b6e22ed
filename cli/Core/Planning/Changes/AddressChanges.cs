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

/// <summary>Add an IP address; an IPv6 one without duplicate address detection (IFA_F_NODAD), which would find the address on the
/// other NIC of the pair and would cost a second without traffic.</summary>
internal sealed record AddAddress(Address Address) : AddressChange(Address)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address add {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"add address {ObjectText.Of(Address)}";

    /// <inheritdoc/>
    public override string Kind => "add-address";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddAddress(f.Address("address", Address));
}

/// <summary>Set the flags, lifetimes and metric of an existing address (NLM_F_REPLACE). IFA_F_NODAD stays visible on an address
/// that was added with it.</summary>
internal sealed record PutAddress(Address Address) : AddressChange(Address)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address change {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set address {ObjectText.Of(Address)}";

    /// <inheritdoc/>
    public override string Kind => "put-address";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new PutAddress(f.Address("address", Address));
}

/// <summary>Remove an IP address.</summary>
internal sealed record RemoveAddress(Address Address) : AddressChange(Address)
{
    /// <summary>IPv4 addresses are ordered: the first one is the source address where no other matches (inet_select_addr,
    /// net/ipv4/devinet.c). The last one is removed first, and if one is refused, those before it must stay; otherwise the undo
    /// would add them behind it.</summary>
    public override Batch Batch => Address.IsIPv6 ? Batch.Removals : Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"address del {ObjectText.Of(Address)} dev {name(Address.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove address {ObjectText.Of(Address)}";

    /// <inheritdoc/>
    public override string Kind => "remove-address";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveAddress(f.Address("address", Address));
}

/// <summary>Remove the IPv4 addresses of an interface, from the first one whose label a rename has changed. On a rename the kernel
/// changes the labels of all further addresses (inetdev_changename, net/ipv4/devinet.c), and a label can be set only when an
/// address is added. If no label has changed, nothing is removed.</summary>
/// <param name="Addresses">The addresses with their labels before the rename, in the order in which they were added.</param>
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

    /// <summary>The ones to remove, the last one first.</summary>
    /// <param name="there">The present addresses.</param>
    public IEnumerable<Address> Among(IEnumerable<Address> there)
    {
        Address[] now = [.. there];
        return Addresses.SkipWhile(address => !now.Any(other => other.IsSameAs(address) && other.Label != address.Label)).Reverse();
    }

    /// <inheritdoc/>
    public bool Equals(RemoveRelabelled? other) => other is not null && Addresses.SequenceEqual(other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => Addresses.Length;

    /// <inheritdoc/>
    public override string Kind => "remove-relabelled";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveRelabelled(f.List<Address>("addresses", Addresses, ModelFields.OfAddress));
}

/// <summary>Set how an interface generates its IPv6 link-local address (IN6_ADDR_GEN_MODE_*). By netlink, because writing the
/// setting addr_gen_mode makes the kernel generate one at once.</summary>
internal sealed record SetAddressGeneration(int Link, byte Mode) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} addrgenmode {Mode}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set IPv6 address generation mode {Mode}";

    /// <inheritdoc/>
    public override string Kind => "set-addrgenmode";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetAddressGeneration(f.Link(Link), f.Byte("mode", Mode));
}

/// <summary>Set the interface identifier that the kernel combines with an advertised prefix (IFLA_INET6_TOKEN); <c>::</c> for
/// none.</summary>
internal sealed record SetToken(int Link, IPAddress Token) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"token set {Token} dev {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set IPv6 token {Token}";

    /// <inheritdoc/>
    public override string Kind => "set-token";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetToken(f.Link(Link), f.Ip("token", Token));
}
