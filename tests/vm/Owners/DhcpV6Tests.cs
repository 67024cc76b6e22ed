using System.Net.Sockets;
using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>A DHCPv6 server knows a client by its DUID and the interface's IAID, which clients derive from the interface: the address
/// survives only if the bond asks with the same IAID.</summary>
public abstract class DhcpV6Tests(ITestOutputHelper output, OwnerTable table, Owner owner) : OwnerScenario(output, table, owner, Join.Bond)
{
    private const int Lease = 120; // The shortest that dnsmasq grants.

    [Fact]
    public async Task The_address_outlives_its_lease_on_the_bond_and_after_the_detach()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync(Lease, leasesV6: true);
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        var leases = Leases();
        leases.Length.ShouldBe(1);
        await JoinAsync(Vf);
        await PassAsync(Lease + 10);
        await StillAsync(before);
        Leases().ShouldBe(leases, "no new address was asked for");
        await RunAsync($"hyperv-vfattach detach {First}");
        await SendsByAsync(Synthetic);
        await PassAsync(Lease + 10);
        await StillAsync(before);
        Leases().ShouldBe(leases, "no new address was asked for");

        string[] Leases() => [.. router.Leases.Where(lease => lease.Address.AddressFamily == AddressFamily.InterNetworkV6)
            .Select(lease => $"{lease.Client} {lease.Address}")];
    }
}

/// <inheritdoc/>
[Part(Part.Configuration)]
public sealed class NetworkdDhcpV6Tests(ITestOutputHelper output, OwnerTable table) : DhcpV6Tests(output, table, new Networkd());

/// <inheritdoc/>
[Part(Part.Configuration)]
public sealed class NetworkManagerDhcpV6Tests(ITestOutputHelper output, OwnerTable table) : DhcpV6Tests(output, table, new NetworkManager());

/// <inheritdoc/>
[Part(Part.Configuration)]
public sealed class DhcpcdDhcpV6Tests(ITestOutputHelper output, OwnerTable table) : DhcpV6Tests(output, table, new Dhcpcd());
