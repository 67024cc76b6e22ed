// The demonstration of install/try.sh: a VF is plugged, removed and plugged again while a peer keeps sending echo requests. Exit codes: 0
// the traffic survived, 1 it did not, 2 usage, 3 this machine is too slow to judge.
using HypervVfattach.Machines;
using HypervVfattach.Try;

const int done = 0, failed = 1, usage = 2, tooSlow = 3;

if (args is not ([] or ["--broken"]))
{
    Console.Error.WriteLine("usage: try [--broken]");
    return usage;
}
using var show = new Show();
try
{
    show.Step("starting a machine: Debian, systemd, udevd, one synthetic NIC (usually 5 seconds, the first time 1 to 5 minutes)");
    await using var machine = await Machine.StartAsync(new MachineOptions(), show.Step);
    try
    {
        return await TourAsync(machine, broken: args.Length > 0);
    }
    catch (Exception exception)
    {
        show.Fail(exception);
        await Show.JournalAsync(machine);
        return failed;
    }
}
catch (Exception exception)
{
    show.Fail(exception);
    Show.Details(exception);
    return failed;
}

async Task<int> TourAsync(Machine machine, bool broken)
{
    await using var tour = new Tour(machine, show);
    await tour.InstallAsync(broken);
    if (!await tour.MeasureAsync())
    {
        show.Step("this machine is too slow to judge");
        return tooSlow;
    }
    await tour.RunAsync();
    if (!show.Failed)
        return done;
    await Show.GuestAsync(machine, "journalctl -t hyperv-vfattach -o short-monotonic --no-pager");
    return failed;
}
