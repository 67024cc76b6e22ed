using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Systemd;

/// <summary>Has systemd run something later: a transient timer with its service (org.freedesktop.systemd1(5)).</summary>
internal static class TransientTimer
{
    // systemd's own default is a minute.
    private static readonly TimeSpan s_accuracy = TimeSpan.FromMilliseconds(50);

    // Before this version (RHEL 8, Debian 10) systemd lacks some of the properties and refuses the whole unit for one.
    private const int FirstWithAllProperties = 239;

    /// <summary>Schedules a service, or starts it at once when its delay is zero.</summary>
    /// <exception cref="SystemRefusal">systemd refuses; with the D-Bus error's message and name.</exception>
    public static Scheduling Schedule(TransientService service)
    {
        using ServiceManager? manager = ServiceManager.Connect();
        return manager is null ? Scheduling.NoSystemd : Schedule(manager, service);
    }

    /// <inheritdoc cref="Schedule(TransientService)"/>
    public static Scheduling Schedule(ServiceManager manager, TransientService service)
    {
        bool plain = manager.Version() < FirstWithAllProperties;
        if (Start(manager, service, plain))
            return Scheduling.Scheduled;

        // A unit that failed stays loaded and keeps its name, unless its CollectMode says otherwise.
        foreach (string suffix in (ReadOnlySpan<string>)[".timer", ".service"])
        {
            using MethodCall reset = manager.Method("ResetFailedUnit");
            reset.Append(service.Unit + suffix);
            manager.Send(reset, service.Unit + suffix, "reset its failed state", ServiceManager.NoSuchUnit);
        }
        return Start(manager, service, plain) ? Scheduling.Scheduled : Scheduling.AlreadyScheduled;
    }

    /// <summary>Stops a timer that still waits; a service that already runs is left to finish.</summary>
    /// <returns>False where nothing was waiting.</returns>
    /// <exception cref="SystemRefusal">systemd refuses.</exception>
    public static bool Cancel(string unit)
    {
        using ServiceManager? manager = ServiceManager.Connect();
        return manager is not null && Cancel(manager, unit);
    }

    /// <inheritdoc cref="Cancel(string)"/>
    public static bool Cancel(ServiceManager manager, string unit)
    {
        // StopUnit(in s name, in s mode, out o job)
        using MethodCall stop = manager.Method("StopUnit");
        stop.Append(unit + ".timer");
        stop.Append("replace");
        return manager.Send(stop, unit + ".timer", "stop", ServiceManager.NoSuchUnit);
    }

    // StartTransientUnit(in s name, in s mode, in a(sv) properties, in a(sa(sv)) aux, out o job)
    private static bool Start(ServiceManager manager, TransientService service, bool plain)
    {
        bool atOnce = service.Delay == TimeSpan.Zero;
        string serviceUnit = service.Unit + ".service";
        string unit = atOnce ? serviceUnit : service.Unit + ".timer";

        using MethodCall call = manager.Method("StartTransientUnit");
        call.Append(unit);
        call.Append("fail");
        if (atOnce)
        {
            call.Array("(sv)", () => ServiceProperties(call, service, plain));
            call.Array("(sa(sv))", () => { });
        }
        else
        {
            call.Array("(sv)", () => TimerProperties(call, service, plain));
            call.Array("(sa(sv))", () => call.Struct("sa(sv)", () =>
            {
                call.Append(serviceUnit);
                call.Array("(sv)", () => ServiceProperties(call, service, plain));
            }));
        }
        return manager.Send(call, unit, "start the transient unit", ServiceManager.UnitExists);
    }

    private static void TimerProperties(MethodCall call, TransientService service, bool plain)
    {
        ulong delay = Microseconds(service.Delay);
        Property(call, "Description", service.Description);
        // Otherwise a timer that has fired stays loaded, and the next VF of the same name would find it taken.
        Property(call, "RemainAfterElapse", "b", () => call.Append(false));
        if (plain)
        {
            Property(call, "OnActiveSec", "t", () => call.Append(delay));
            Property(call, "AccuracySec", "t", () => call.Append(Microseconds(s_accuracy)));
            return;
        }
        Property(call, "TimersMonotonic", "a(st)", () => call.Array("(st)", () => call.Struct("st", () =>
        {
            call.Append("OnActiveSec");
            call.Append(delay);
        })));
        Property(call, "AccuracyUSec", "t", () => call.Append(Microseconds(s_accuracy)));
        CommonProperties(call);
    }

    private static void ServiceProperties(MethodCall call, TransientService service, bool plain)
    {
        Property(call, "Description", service.Description);
        // A oneshot has no start time-out by itself, and ours ends by itself.
        Property(call, "Type", "oneshot");
        Property(call, "ExecStart", service.Command);
        if (!service.Environment.IsEmpty)
            Property(call, "Environment", "as", () => Strings(call, service.Environment));
        if (!service.After.IsEmpty)
            Property(call, "After", "as", () => Strings(call, service.After));
        if (plain)
            return;
        // Runs when the command fails and when it is killed, too; so it can undo what was left half done.
        if (!service.StopCommand.IsEmpty)
            Property(call, "ExecStopPost", service.StopCommand);
        CommonProperties(call);
    }

    private static void CommonProperties(MethodCall call)
    {
        Property(call, "Documentation", "as", () => Strings(call, ["man:hyperv-vfattach(8)"]));
        // A failed unit is in the journal; loaded, it would only keep the next VF from being scheduled.
        Property(call, "CollectMode", "inactive-or-failed");
        // The default dependencies make a unit wait for sysinit.target and, a service, for basic.target: for disks and
        // file systems, and it is the network they may wait for. We need the root file system and /run, which are
        // there when udevd is. What we keep of the defaults is that shutdown stops us, and waits until we are stopped.
        Property(call, "DefaultDependencies", "b", () => call.Append(false));
        Property(call, "Conflicts", "as", () => Strings(call, ["shutdown.target"]));
        Property(call, "Before", "as", () => Strings(call, ["shutdown.target"]));
    }

    private static void Property(MethodCall call, string name, string value) =>
        Property(call, name, "s", () => call.Append(value));

    // A command is a(sasb): path, arguments, whether its failure is ignored. systemd replaces $NAME in arguments, also
    // in those that come over D-Bus, and an interface's name may contain a '$'; $$ stands for one.
    private static void Property(MethodCall call, string name, ImmutableArray<string> command) =>
        Property(call, name, "a(sasb)", () => call.Array("(sasb)", () => call.Struct("sasb", () =>
        {
            call.Append(command[0]);
            Strings(call, command.Select(argument => argument.Replace("$", "$$", StringComparison.Ordinal)));
            call.Append(false);
        })));

    private static void Property(MethodCall call, string name, string type, Action value) =>
        call.Struct("sv", () =>
        {
            call.Append(name);
            call.Variant(type, value);
        });

    private static void Strings(MethodCall call, IEnumerable<string> values) => call.Array("s", () =>
    {
        foreach (string value in values)
            call.Append(value);
    });

    private static ulong Microseconds(TimeSpan time) => (ulong)time.Ticks / TimeSpan.TicksPerMicrosecond;
}
