using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Linux: rtnetlink, sysfs and /proc/sys.</summary>
/// <remarks><see cref="Snapshot.Owners"/> and <see cref="Snapshot.Joins"/> stay empty: they come from elsewhere.</remarks>
internal sealed class LinuxBackend : IBackend, IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly Sysfs _sysfs;
    private readonly Observer _observer;
    private readonly Announcer _announcer;
    private readonly Changer _changer;
    private readonly Expectations _expectations;
    private NetlinkEvents? _events;

    /// <param name="sysfs">Where sysfs is mounted.</param>
    /// <param name="settings">Where /proc/sys is mounted.</param>
    /// <param name="patience">How long an expectation may take to come true; 8 s by default. Giving a path up too early interrupts the
    /// network for nothing.</param>
    /// <param name="owners">Applies the changes that need an owner; null to refuse them.</param>
    public LinuxBackend(string sysfs = "/sys", string settings = "/proc/sys", TimeSpan? patience = null,
        OwnerChannel? owners = null)
    {
        _socket = new NetlinkSocket();
        var sysctls = new Sysctls(settings);
        var classifiers = new Classifiers(_socket);
        var addressLists = new AddressLists(_socket);
        _sysfs = new Sysfs(sysfs);
        _observer = new Observer(_socket, _sysfs, sysctls, classifiers, addressLists);
        _announcer = new Announcer(_observer, sysctls);
        _changer = new Changer(_socket, _observer, sysctls, classifiers, addressLists, _announcer,
            owners ?? ((change, _, _) => throw new ArgumentException($"no owner applies {change.GetType().Name}", nameof(owners))));
        _expectations = new Expectations(_socket, _observer, patience ?? TimeSpan.FromSeconds(8));
    }

    /// <inheritdoc/>
    /// <remarks>hv_netvsc holds the lock (RTNL) while it waits for the host to tell it of a VF that is plugged in, and most netlink
    /// requests and ioctls would wait with it.</remarks>
    public Snapshot? ObserveUnlocked() => _sysfs.NicsOfHyperV() is not { } links ? null
        : new Snapshot { Links = links, DpdkSynthetics = _sysfs.DpdkSynthetics(), Kernel = Environment.OSVersion.Version };

    /// <inheritdoc/>
    public Snapshot ObserveNics() => _observer.Nics();

    /// <inheritdoc/>
    public Snapshot ObserveLinks()
    {
        // Before the observation, so that a change during it ends the next wait.
        _events?.Skip();
        return _observer.Links();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Link> Recount(List<Link> links) => _observer.Recount(links);

    /// <inheritdoc/>
    public NicFacts Facts(Link nic) => NicDriver.Facts(nic.Name, KernelFile.Text("/proc/sys/kernel/osrelease"));

    /// <inheritdoc/>
    public Snapshot Complete(Snapshot snapshot, params ReadOnlySpan<int> links) => _observer.Complete(snapshot, links);

    /// <inheritdoc/>
    public void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat) =>
        _changer.Apply(changes, aggregate, repeat);

    /// <inheritdoc/>
    public void Expect(Expectation expectation, int aggregate) => _expectations.Expect(expectation, aggregate);

    /// <inheritdoc/>
    public void Ask(int link, ImmutableArray<Neighbour> neighbours, TimeSpan patience) => _expectations.Ask(link, neighbours, patience);

    /// <inheritdoc/>
    public void Announce(int link) => _announcer.Announce(link);

    /// <inheritdoc/>
    public bool Receives(int link, HardwareAddress group, int from) => PacketSocket.Receives(link, group, from, _observer.Find(from)?.Address ?? default);

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> AskThrough(int through, int other, bool isPast, ImmutableArray<PathQuestion> questions) =>
        _observer.Find(through) is not { } link ? [] : PacketSocket.Answering(through, other, link.Address, isPast, questions);

    /// <inheritdoc/>
    /// <remarks>A change between an observation and this call counts. The first call only starts to listen and returns true, so that the
    /// caller looks again.</remarks>
    public bool WaitForLinkChange(TimeSpan timeout)
    {
        if (_events is null)
        {
            _events = new NetlinkEvents(RTNLGRP_LINK);
            return true;
        }
        return _events.Wait(timeout);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events?.Dispose();
        _socket.Dispose();
    }
}
