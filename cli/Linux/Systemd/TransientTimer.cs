using System.Collections.Immutable;
using HypervVfattach.Core;
using Tmds.DBus.Protocol;
using Properties = System.Collections.Generic.List<(string Name, Tmds.DBus.Protocol.VariantValue Value)>;

namespace HypervVfattach.Linux.Systemd;

/// <summary>Makes systemd run something later: a transient timer with its service (org.freedesktop.systemd1(5)).</summary>
internal static class TransientTimer
{
    // systemd's own default is a minute.
    private static readonly TimeSpan s_accuracy = TimeSpan.FromMilliseconds(50);

    // Before this version (RHEL 8, Debian 10) systemd lacks some of the properties, and one unknown property makes it refuse the whole
    // unit.
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
            manager.Send(ServiceManager.Method("ResetFailedUnit", service.Unit + suffix), service.Unit + suffix,
                "reset its failed state", ServiceManager.NoSuchUnit);
        }
        return Start(manager, service, plain) ? Scheduling.Scheduled : Scheduling.AlreadyScheduled;
    }

    /// <summary>Stops a timer that still waits; a service that already runs is left to finish.</summary>
    /// <returns>False if nothing was waiting.</returns>
    /// <exception cref="SystemRefusal">systemd refuses.</exception>
    public static bool Cancel(string unit)
    {
        using ServiceManager? manager = ServiceManager.Connect();
        return manager is not null && Cancel(manager, unit);
    }

    /// <inheritdoc cref="Cancel(string)"/>
    public static bool Cancel(ServiceManager manager, string unit) =>
        // StopUnit(in s name, in s mode, out o job)
        manager.Send(ServiceManager.Method("StopUnit", unit + ".timer", "replace"), unit + ".timer", "stop", ServiceManager.NoSuchUnit);

    // StartTransientUnit(in s name, in s mode, in a(sv) properties, in a(sa(sv)) aux, out o job)
    private static bool Start(ServiceManager manager, TransientService service, bool plain)
    {
        string serviceUnit = service.Unit + ".service";
        bool atOnce = service.Delay == TimeSpan.Zero;
        string unit = atOnce ? serviceUnit : service.Unit + ".timer";
        Properties timer = TimerProperties(service, plain), itself = ServiceProperties(service, plain);
        return manager.Send(ServiceManager.Method("StartTransientUnit", "ssa(sv)a(sa(sv))", (ref MessageWriter writer) =>
        {
            writer.WriteString(unit);
            writer.WriteString("fail");
            Write(ref writer, atOnce ? itself : timer);
            ArrayStart others = writer.WriteArrayStart(DBusType.Struct);
            if (!atOnce)
            {
                writer.WriteStructureStart();
                writer.WriteString(serviceUnit);
                Write(ref writer, itself);
            }
            writer.WriteArrayEnd(others);
        }), unit, "start the transient unit", ServiceManager.UnitExists);
    }

    private static Properties TimerProperties(TransientService service, bool plain)
    {
        Properties properties =
        [
            ("Description", service.Description),
            // Otherwise a timer that has fired stays loaded and occupies the name for the next VF.
            ("RemainAfterElapse", false),
        ];
        if (plain)
            return [.. properties, ("OnActiveSec", Microseconds(service.Delay)), ("AccuracySec", Microseconds(s_accuracy))];
        return
        [
            .. properties,
            ("TimersMonotonic", new Array<Struct<string, ulong>> { Struct.Create("OnActiveSec", Microseconds(service.Delay)) }),
            ("AccuracyUSec", Microseconds(s_accuracy)),
            .. CommonProperties(),
        ];
    }

    private static Properties ServiceProperties(TransientService service, bool plain)
    {
        Properties properties =
        [
            ("Description", service.Description),
            // A oneshot has no start time-out by default, and ours always ends.
            ("Type", "oneshot"),
            ("ExecStart", Command(service.Command)),
        ];
        if (!service.Environment.IsEmpty)
            properties.Add(("Environment", Strings([.. service.Environment])));
        if (!service.After.IsEmpty)
            properties.Add(("After", Strings([.. service.After])));
        if (plain)
            return properties;
        // Runs also after the command has failed or was killed, so that it can undo an unfinished change.
        if (!service.StopCommand.IsEmpty)
            properties.Add(("ExecStopPost", Command(service.StopCommand)));
        return [.. properties, .. CommonProperties()];
    }

    private static Properties CommonProperties() =>
    [
        ("Documentation", Strings(["man:hyperv-vfattach(8)"])),
        // The journal records the failure; a failed unit that stays loaded would only keep the next VF from being scheduled.
        ("CollectMode", "inactive-or-failed"),
        // The default dependencies make a unit wait for sysinit.target, and a service also for basic.target: for disks and file systems,
        // which may in turn wait for the network. We need only the root file system and /run, which exist once udevd runs. Of the defaults
        // we keep that a shutdown stops us and waits for us.
        ("DefaultDependencies", false),
        ("Conflicts", Strings(["shutdown.target"])),
        ("Before", Strings(["shutdown.target"])),
    ];

    private static VariantValue Strings(string[] values) => VariantValue.Array(values);

    // A command is a(sasb): path, arguments, whether its failure is ignored. systemd expands $NAME in arguments, also in those that come
    // over D-Bus, and an interface's name may contain '$', which is written $$.
    private static VariantValue Command(ImmutableArray<string> command) => new Array<Struct<string, Array<string>, bool>>
    {
        Struct.Create(command[0], new Array<string>(command.Select(argument => argument.Replace("$", "$$", StringComparison.Ordinal))), false),
    };

    private static void Write(ref MessageWriter writer, Properties properties)
    {
        ArrayStart array = writer.WriteArrayStart(DBusType.Struct);
        foreach ((string name, VariantValue value) in properties)
        {
            writer.WriteStructureStart();
            writer.WriteString(name);
            writer.WriteVariant(value);
        }
        writer.WriteArrayEnd(array);
    }

    private static ulong Microseconds(TimeSpan time) => (ulong)time.Ticks / TimeSpan.TicksPerMicrosecond;
}
