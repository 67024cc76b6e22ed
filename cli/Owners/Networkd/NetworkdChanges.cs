using System.Collections.Immutable;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>Write or remove these files, and have networkd reload if one of them changed.</summary>
/// <param name="Files">The files.</param>
/// <param name="Reload">Whether to reload.</param>
/// <param name="Released">Index of the interface that networkd must no longer manage afterwards; 0 for none.</param>
internal sealed record PutNetworkFiles(ImmutableArray<NetworkFile> Files, bool Reload, int Released = 0) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        string.Join(", ", Files.Select(file => $"{(file.Text is null ? "remove" : "write")} {file.Name}"))
        + (Reload ? "; reload systemd-networkd" : "");

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd-networkd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "change its files in /run";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Released = index(Released) };

    /// <inheritdoc/>
    public override string Kind => "put-network-files";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new PutNetworkFiles(
        f.List<NetworkFile>("files", Files, NetworkFile.Journaled), f.Flag("reload", Reload), f.Int("released", Released));
}

/// <summary>Wait some seconds until networkd has configured an interface, and have it configure the interface again if it failed
/// (state "failed"): it would not renew a lease there.</summary>
internal sealed record AwaitConfigured(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"systemd-networkd: wait until {name(Link)} is configured; configure it again if that failed";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => "systemd-networkd";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"wait until {name(Link)} is configured";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new AwaitConfigured(index(Link));

    /// <inheritdoc/>
    public override string Kind => "await-configured";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AwaitConfigured(f.Link(Link));
}

/// <summary>Fails unless networkd manages an interface: it is configured, or waits for a silent server.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="File">Name of the file with which networkd must manage it; null for any.</param>
internal sealed record CheckNetwork(int Link, string? File) : OwnerCheck(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"{Owner}: {Operation(name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) =>
        $"check that it manages {name(Link)}{(File is null ? "" : $" with {File}")}";

    /// <inheritdoc/>
    public override string Owner => "systemd-networkd";

    /// <inheritdoc/>
    public override OwnerCheck Loosely => this with { File = null };

    /// <inheritdoc/>
    public override string Kind => "check-network";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new CheckNetwork(f.Link(Link), f.OptionalText("file", File));
}
