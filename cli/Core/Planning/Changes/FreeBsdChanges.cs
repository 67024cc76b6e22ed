using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Create a failover lagg (FreeBSD), and load its kernel module if needed. It has no MAC address and no IPv6 until its
/// first port provides them.</summary>
internal sealed record CreateLagg(string Name) : CreateAggregate(Name)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"ifconfig {Name} create (failover)";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "create the lagg";

    /// <inheritdoc/>
    public override bool Made(Link link) => base.Made(link) && link.Kind == "lagg";

    /// <inheritdoc/>
    public override string Kind => "create-lagg";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CreateLagg(f.Text("name", Name));
}

/// <summary>Change the IPv6 flags of an interface (FreeBSD's ND6_IFF_*); other bits stay. No effect where the kernel has no IPv6.</summary>
internal sealed record SetNd6Flags(int Link, uint Set, uint Clear) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"nd6 flags of {name(Link)}: set {Set:x}, clear {Clear:x}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "set the flags of IPv6";

    /// <inheritdoc/>
    public override string Kind => "set-nd6-flags";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetNd6Flags(f.Link(Link), f.UInt("set", Set), f.UInt("clear", Clear));
}

/// <summary>Run a program of the system for one interface.</summary>
internal abstract record ProgramChange(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Program;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    private protected static string Words(IEnumerable<string> words) => string.Concat(words.Select(word => word + " "));
}

/// <summary>Run ifconfig(8) on an interface with arguments from rc.conf, which only ifconfig can parse.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Arguments">The arguments after the interface's name.</param>
internal sealed record RunIfconfig(int Link, ImmutableArray<string> Arguments) : ProgramChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"ifconfig {name(Link)} {string.Join(' ', Arguments)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "configure";

    /// <inheritdoc/>
    public override string Kind => "run-ifconfig";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RunIfconfig(f.Link(Link), f.Words("arguments", Arguments));
}

/// <summary>Start dhclient(8) on an interface, in the background, because a lease may take minutes. No effect if one runs there
/// already.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">Its path and its flags from rc.conf.</param>
internal sealed record StartDhclient(int Link, ImmutableArray<string> Program) : ProgramChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"{Program[0]} -b {Words(Program[1..])}{name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "start dhclient";

    /// <inheritdoc/>
    public override string Kind => "start-dhclient";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StartDhclient(f.Link(Link), f.Words("program", Program));
}

/// <summary>Stop the dhclient(8) of an interface, if one runs; its configuration stays.</summary>
internal sealed record StopDhclient(int Link) : ProgramChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"stop dhclient of {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "stop dhclient";

    /// <inheritdoc/>
    public override string Kind => "stop-dhclient";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StopDhclient(f.Link(Link));
}

/// <summary>Solicit router advertisements on an interface (rtsol(8)), in the background.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Arguments">The arguments from rc.conf, which precede the interface's name.</param>
internal sealed record SolicitRouters(int Link, ImmutableArray<string> Arguments) : ProgramChange(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"rtsol {Words(Arguments)}{name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "solicit routers";

    /// <inheritdoc/>
    public override string Kind => "solicit-routers";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SolicitRouters(f.Link(Link), f.Words("arguments", Arguments));
}

/// <summary>Have the system add the routes of rc.conf; existing routes stay.</summary>
internal sealed record StartRouting : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Program;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => "/etc/rc.d/routing start";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "routes";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "start routing";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this;

    /// <inheritdoc/>
    public override string Kind => "start-routing";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new StartRouting();
}
