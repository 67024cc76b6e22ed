using System.Globalization;
using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>As many pairs as Azure and Hyper-V give a guest, all of them there when it boots on a KVM host.</summary>
[Part(Part.Lives)]
public class EightPairsTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const int Pairs = 8;

    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;

    /// <inheritdoc/>
    /// <remarks>Each test names the join.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task All_are_joined_and_no_service_fails(Join join)
    {
        var numbers = Enumerable.Range(0, Pairs).ToArray();
        await StartAsync(new MachineOptions
        {
            Synthetics = [.. numbers.Select(Nic.Synthetic)], VfsAtBoot = [.. numbers.Select(number => Nic.Vf(number))], RootPorts = Pairs,
            AtPeer = async peer =>
            {
                foreach (var number in numbers[1..])
                    await peer.Namespace.RunAsync("ip", "address", "add", $"10.77.{number}.1/24", "dev", Peer.Interface);
            },
            Files =
            [
                .. await Product.InstalledAsync($"{Settings}join = \"{join.ToString().ToLowerInvariant()}\"\n"),
                // All NICs are on one wire: each must answer for its own address only.
                GuestFile.Text("/etc/systemd/system/addresses.service", string.Create(CultureInfo.InvariantCulture, $"""
                    [Service]
                    Type=oneshot
                    ExecStart=/bin/sh -ec 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; i=0; while [ $i -lt {Pairs} ]; do \
                        until [ -e /sys/class/net/enp0s$((16 + i)) ]; do sleep 1; done; ip address add 10.77.$i.2/24 dev enp0s$((16 + i)); ip link set enp0s$((16 + i)) up; i=$((i + 1)); done'

                    """)),
                GuestFile.Text("/etc/systemd/system/multi-user.target.d/addresses.conf", "[Unit]\nWants=addresses.service\n"),
            ],
        });
        await RunAsync($"""
            until [ $(hyperv-vfattach status | grep -c 'carried by  enp[1-8]s0 (VF)') = {Pairs} ]; do sleep 1; done
            """, TimeSpan.FromSeconds(180));
        await IdleAsync();
        foreach (var number in numbers)
            await RunAsync($"until ping -q -c 1 -W 1 10.77.{number}.1; do sleep 0.1; done");
        // This one, which ifupdown wants, gives up after two minutes, and a slow guest needs more for 16 NICs.
        (await RunAsync("systemctl list-units --failed --no-legend --plain | grep -v '^systemd-udev-settle' || true")).ShouldBe("");
        Say(await StatusAsync());
        foreach (var number in numbers)
        {
            await Machine.UnplugAsync(Nic.Vf(number));
            await RunAsync($"hyperv-vfattach detach enp0s{16 + number}");
            (await RunAsync($"ip -o -4 address show dev enp0s{16 + number}")).ShouldContain($"10.77.{number}.2/24");
        }
        foreach (var number in numbers)
            await RunAsync($"ping -q -c 1 -W 2 10.77.{number}.1");
    }
}
