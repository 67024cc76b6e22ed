using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Create the aggregate of a join. No other change creates an index; the undo finds it with <see cref="Made"/>.</summary>
internal abstract record CreateAggregate(string Name) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.NewInterface;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Name;

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <summary>Whether this change created an interface.</summary>
    public virtual bool Made(Link link) => link.Name == Name && link.Device is null;
}

/// <summary>Create an active-backup bond with <c>fail_over_mac=active</c>, down and without generated IPv6 addresses. It gets its
/// MAC address on creation, so that udev's MACAddressPolicy= does not change it.</summary>
internal sealed record CreateBond(string Name, HardwareAddress Address, LinkAttributes Attributes, uint Miimon) : CreateAggregate(Name)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"link add {Name} type bond mode active-backup fail_over_mac active miimon {Miimon} address {Address} {Attributes}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "create the bond";

    /// <inheritdoc/>
    public override bool Made(Link link) => base.Made(link) && link.Address == Address;

    /// <inheritdoc/>
    public override string Kind => "create-bond";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CreateBond(
        f.Text("name", Name), f.Mac("address", Address), LinkAttributes.Journaled(f, Attributes), f.UInt("miimon", Miimon));
}

/// <summary>A change of one interface.</summary>
internal abstract record LinkChange(int Link) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Link);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}

/// <summary>Remove a virtual interface.</summary>
internal sealed record DeleteLink(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link delete {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "delete the interface";

    /// <inheritdoc/>
    public override string Kind => "delete-link";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new DeleteLink(f.Link(Link));
}

/// <summary>Switch an interface on or off.</summary>
internal sealed record SetUp(int Link, bool Up) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} {(Up ? "up" : "down")}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Up ? "switch on" : "switch off";

    /// <inheritdoc/>
    public override string Kind => "set-up";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetUp(f.Link(Link), f.Flag("up", Up));
}

/// <summary>Make an interface a port of <paramref name="Master"/> (0: of none). The bonding driver accepts only an interface that
/// is down; <paramref name="Down"/> includes that in the same request.</summary>
internal sealed record SetMaster(int Link, int Master, bool Down = false) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => Master == 0
        ? $"link set {name(Link)} nomaster" : $"link set {name(Link)}{(Down ? " down" : "")} master {name(Master)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Master == 0
        ? "remove it from its master" : $"{(Down ? "switch off and " : "")}make it a port of {name(Master)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link), Master = index(Master) };

    /// <inheritdoc/>
    public override string Kind => "set-master";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetMaster(f.Link(Link), f.Int("master", Master), f.Flag("down", Down));
}

/// <summary>Set the largest packet in bytes.</summary>
internal sealed record SetMtu(int Link, uint Mtu) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} mtu {Mtu}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set MTU {Mtu}";

    /// <inheritdoc/>
    public override string Kind => "set-mtu";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetMtu(f.Link(Link), f.UInt("mtu", Mtu));
}

/// <summary>Set the description of an interface (ifalias, at most 255 bytes), or remove it with an empty one.</summary>
internal sealed record SetAlias(int Link, string Alias) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} alias \"{Alias}\"";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Alias.Length == 0 ? "remove the alias" : "set the alias";

    /// <inheritdoc/>
    public override string Kind => "set-alias";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetAlias(f.Link(Link), f.Text("alias", Alias));
}

/// <summary>Rename an interface.</summary>
internal sealed record SetName(int Link, string Name) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} name {Name}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"rename to {Name}";

    /// <inheritdoc/>
    public override string Kind => "set-name";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetName(f.Link(Link), f.Text("name", Name));
}

/// <summary>A change of a bond's own settings.</summary>
internal abstract record BondChange(int Bond) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Bond);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Bond = index(Bond) };
}

/// <summary>Make a port the preferred one of a bond; port 0 for none.</summary>
internal sealed record SetPrimary(int Bond, int Port) : BondChange(Bond)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"link set {name(Bond)} type bond primary {(Port == 0 ? "none" : name(Port))}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Port == 0 ? "prefer no port" : $"prefer port {name(Port)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new SetPrimary(index(Bond), index(Port));

    /// <inheritdoc/>
    public override string Kind => "set-primary";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetPrimary(f.Int("bond", Bond), f.Int("port", Port));
}

/// <summary>Have a bond accept frames from all its ports (all_slaves_active), or from the active port only, which is the default
/// because the host's switch may send the same broadcast to both NICs.</summary>
internal sealed record SetAllPortsActive(int Bond, bool All) : BondChange(Bond)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Bond)} type bond all_slaves_active {(All ? 1 : 0)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) =>
        All ? "accept frames from all ports" : "accept frames from the active port only";

    /// <inheritdoc/>
    public override string Kind => "listen-on-all";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetAllPortsActive(f.Int("bond", Bond), f.Flag("all", All));
}

/// <summary>Give an interface an alternative name.</summary>
internal sealed record AddAltName(int Link, string Name) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link property add {name(Link)} altname {Name}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"add alternative name {Name}";

    /// <inheritdoc/>
    public override string Kind => "add-altname";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddAltName(f.Link(Link), f.Text("name", Name));
}

/// <summary>Remove an alternative name.</summary>
internal sealed record RemoveAltName(int Link, string Name) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link property del {name(Link)} altname {Name}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove alternative name {Name}";

    /// <inheritdoc/>
    public override string Kind => "remove-altname";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveAltName(f.Link(Link), f.Text("name", Name));
}

/// <summary>Have an interface accept frames of all multicast groups, which a port needs that does not know the groups of its
/// master.</summary>
internal sealed record SetAllMulticast(int Link, bool On) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} allmulticast {(On ? "on" : "off")}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"switch {(On ? "on" : "off")} all multicast";

    /// <inheritdoc/>
    public override string Kind => "set-allmulticast";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetAllMulticast(f.Link(Link), f.Flag("on", On));
}

/// <summary>Have an interface accept frames for any address and any VLAN.</summary>
internal sealed record SetPromiscuous(int Link, bool On) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"link set {name(Link)} promisc {(On ? "on" : "off")}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"switch {(On ? "on" : "off")} promiscuous mode";

    /// <inheritdoc/>
    public override string Kind => "set-promiscuous";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetPromiscuous(f.Link(Link), f.Flag("on", On));
}

/// <summary>Write a per-interface kernel setting.</summary>
internal sealed record SetSysctl(Sysctl Sysctl) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Setting;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"sysctl net/{Sysctl.Tree}/{name(Sysctl.Link)}/{Sysctl.Name}={Sysctl.Value}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Sysctl.Link == 0 ? "default" : name(Sysctl.Link);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set {Sysctl.Tree} {Sysctl.Name} to {Sysctl.Value}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new SetSysctl(Sysctl with { Link = index(Sysctl.Link) });

    /// <inheritdoc/>
    public override string Kind => "set-sysctl";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetSysctl(f.Sysctl("sysctl", Sysctl));
}
