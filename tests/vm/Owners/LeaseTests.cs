using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>The least that must work with each owner and each join, on each release.</summary>
public abstract class LeaseTests(ITestOutputHelper output, OwnerTable table, Owner owner, Join join)
    : OwnerScenario(output, table, owner, join)
{
    /// <summary>The shortest test, for the core.</summary>
    [Fact]
    public virtual async Task A_lease_is_renewed_after_a_join_and_after_its_detach()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        var clients = await ClientsAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        probe.Mark("join");
        var vf = await JoinAsync(Vf);
        await RenewedAsync();
        await StillAsync(before, clients);
        probe.Mark("detach");
        await DetachAsync(First);
        await SendsByAsync(Synthetic);
        await RenewedAsync();
        await StillAsync(before, clients);
        await NobodyElseAsync(vf);
        router.Leases.Count.ShouldBe(1);
        Lossless(await StopAsync(probe, "join and detach"));
    }

    /// <summary>Nothing is lost or interrupted, except for one short cut while a bond changes its ports, and except for what a redirect
    /// cannot avoid.</summary>
    protected void Lossless(IReadOnlyList<ProbeRow> rows, params string[] except)
    {
        foreach (var row in rows.Where(row => !except.Contains(row.Phase) && IsConnected(row)))
            ((Join == Join.Bond || IsKvm) && s_cuts.Contains(row.Phase) ? row.Silence < s_cut : row.IsWithin(Unavoidable(row.Phase)))
                .ShouldBeTrue($"{row.Phase}\n{ProbeRow.Table([row])}");
    }

    // Where a bond takes over, loses a port or returns the configuration.
    private static readonly string[] s_cuts =
        ["join", "boot", "first lease", "VF away", "VF away again", "one VF away", "carrier lost", "detach", "an error for an answer", "no bus"];

    // The owner configures another NIC. In an emulated guest networkd was silent for 1.3 s in the join of two pairs and for 2.3 s (IPv6) in
    // a detach, NetworkManager for 0.9 s in a detach. MigrationTests tests the cut without an owner.
    private static readonly TimeSpan s_cut = TimeSpan.FromSeconds(5);

    private TimeSpan Unavoidable(string phase) => (Join, phase) switch
    {
        // Frames that arrive through the inactive port while the bond changes to it are dropped.
        (Join.Bond, "VF back" or "VF back again" or "carrier back") => TimeSpan.FromMilliseconds(150),
        (Join.Bond, _) => TimeSpan.Zero,
        // A KVM host delivers to the VF as soon as that has its link, and the guest hears of it a moment later.
        (Join.Redirect, "carrier back") when IsKvm => TimeSpan.FromMilliseconds(150),
        // This kernel switches an interface's queues off for a moment when clsact is added or removed (qdisc_graft, dev_deactivate), and
        // what is sent just then is lost: for a grace period of RCU, a few ms, or 200 in a busy emulator. For a VF that returns it already
        // exists.
        (_, "join" or "detach" or "an error for an answer") => TimeSpan.FromMilliseconds(200),
        // Frames in flight on a cable that is cut.
        (_, "carrier lost") => TimeSpan.FromMilliseconds(40),
        _ => TimeSpan.Zero,
    };
}
