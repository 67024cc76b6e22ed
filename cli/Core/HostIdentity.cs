namespace HypervVfattach.Core;

/// <summary>The boot and the network namespace that interface indexes belong to: indexes start again with each kernel and differ between
/// network namespaces, while /run may be shared (<c>ip netns exec</c>) or, in some containers, outlive both.</summary>
/// <param name="Boot">Identity of the running kernel (Linux: /proc/sys/kernel/random/boot_id; FreeBSD: kern.boot_id), or
/// <see cref="UnknownBoot"/>.</param>
/// <param name="Namespace">Identity of the network namespace (Linux: the target of /proc/self/ns/net).</param>
internal sealed record HostIdentity(string Boot, string Namespace)
{
    /// <summary>The kernel does not identify its boot, or not yet (FreeBSD before 13; before the random device is seeded).</summary>
    public const string UnknownBoot = "since the last cleanvar";

    /// <summary>Whether a recorded identity belongs to an earlier boot of this host.</summary>
    /// <remarks>A record without an identity counts as this boot's. rc.d/cleanvar empties /var/run before devd starts, so such a record is
    /// older only if the administrator disabled cleanvar, and to forget the journal of an unfinished join would leave the host without its
    /// addresses. A kernel that has an identity keeps it, so the reverse case is certain.</remarks>
    public bool Outlived(HostIdentity noted) => noted.Boot != UnknownBoot && noted.Boot != Boot;
}
