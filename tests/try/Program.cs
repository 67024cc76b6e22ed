// The demonstration behind install/try.sh: a VF comes, goes and comes back under the eyes of a peer that asks for an
// echo 500 times a second. Exits with 0 only if everything happened.
using System.Net;
using HypervVfattach.Machines;
using HypervVfattach.Try;

var show = new Show();
IPAddress v4 = IPAddress.Parse("10.77.0.2"), v6 = IPAddress.Parse("fd77::2");
Nic synthetic = Nic.Synthetic(), vf = Nic.Vf();

show.Step("starting a machine: Debian, systemd, udevd, one synthetic NIC");
await using var machine = await Machine.StartAsync(new MachineOptions(), show.Step);
var name = await machine.NameAsync(synthetic);
await machine.RunAsync($"""
    ip address add {v4}/24 dev {name}; ip address add {v6}/64 dev {name} nodad; ip link set {name} up
    ip route add default via {Peer.V4}; ip -6 route add default via {Peer.V6}
    until ping -q -c 1 -W 1 {Peer.V4} && ping -q -c 1 -W 1 {Peer.V6}; do sleep 0.1; done
    """);

show.Step("installing hyperv-vfattach in it, as a user would");
await Product.InstallAsync(machine);
await Show.GuestAsync(machine, "hyperv-vfattach status", "ip -br address");

try
{
    using var probe = Probe.Start(machine.Peer, "before", v4, v6);
    var ping = await machine.StartGuestPingAsync(Peer.V4);
    await PassAsync();

    show.Step("the host plugs a VF in, with the synthetic's MAC address");
    probe.Mark("VF arrives, move");
    await machine.PlugAsync(vf);
    var vfName = await machine.NameAsync(vf);
    await CarriedByAsync(vfName);
    show.Step($"{vfName} carries the traffic");
    probe.Mark("on the VF");
    var frames = machine.Wire[vf.Id].ToGuest;
    await PassAsync();
    frames = machine.Wire[vf.Id].ToGuest - frames;
    await Show.GuestAsync(machine, "hyperv-vfattach status", "ip -br address");

    show.Step("the host takes the VF away, as a live migration does");
    probe.Mark("VF gone");
    await machine.UnplugAsync(vf);
    await CarriedByAsync(name);
    show.Step($"{name} carries the traffic");
    await PassAsync();

    show.Step("the VF comes back");
    probe.Mark("VF back");
    await machine.PlugAsync(vf);
    await CarriedByAsync(vfName);
    show.Step($"{vfName} carries the traffic");
    await PassAsync();

    show.Step("detaching: the synthetic gets its configuration back");
    probe.Mark("detach");
    await machine.RunAsync($"hyperv-vfattach detach {name}");
    probe.Mark("after");
    await PassAsync();
    await Show.GuestAsync(machine, "hyperv-vfattach status", "ip -br address");

    var rows = await probe.StopAsync();
    Console.WriteLine();
    await Show.GuestAsync(machine, "journalctl -t hyperv-vfattach -o short-monotonic --no-pager");
    Console.WriteLine($"\n{ProbeRow.Table(rows)}\n");
    Console.WriteLine($"seen from inside: {await ping.StopAsync()}");

    show.Check(frames > 400, $"the VF carried the traffic ({frames} frames in a second)");
    foreach (var phase in new[] { "before", "on the VF", "VF back", "after" })
        show.Check(rows.Where(row => row.Phase == phase).All(row => row.Lost == 0), $"nothing lost: {phase}");
    show.Check((await machine.RunAsync($"ip -br address show {name}")).Contains($"{v4}/24", StringComparison.Ordinal),
        $"{name} has its address back");
}
catch (Exception exception) when (exception is CommandException or TimeoutException)
{
    Console.WriteLine($"\n{exception.Message}\n--- journal\n{await machine.JournalAsync()}");
    show.Check(false, "everything happened");
}
return show.Failed ? 1 : 0;

Task CarriedByAsync(string port) => machine.RunAsync($"""
    timeout 20 sh -c 'until [ "$(cat /sys/class/net/bond-{name}/bonding/active_slave 2>/dev/null)" = {port} ]; do sleep 0.05; done'
    """);

static Task PassAsync() => Task.Delay(TimeSpan.FromSeconds(1));
