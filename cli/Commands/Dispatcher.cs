using HypervVfattach.Apply;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Posix;

namespace HypervVfattach.Commands;

/// <summary>Runs a command line in a world.</summary>
internal static class Dispatcher
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="world">Makes the world for a request that needs one.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error, for what is wrong before there is a log.</param>
    public static ExitCode Run(
        string[] arguments, Func<Request, World> world, TextWriter output, TextWriter error)
    {
        try
        {
            return Run(CommandLine.Parse(arguments), world, output, error);
        }
        catch (OutputRefusal e)
        {
            // What is done is done, but the person who asked does not know it.
            error.Write($"hyperv-vfattach: {e.Message}\n");
            return ExitCode.Refused;
        }
    }

    private static ExitCode Run(
        Request request, Func<Request, World> world, TextWriter output, TextWriter error)
    {
        switch (request)
        {
            case HelpRequest:
                output.Write(HelpText.Help);
                return ExitCode.Done;
            case VersionRequest:
                output.Write(HelpText.Version);
                return ExitCode.Done;
            case BadRequest bad:
                error.Write($"hyperv-vfattach: {bad.Message}\n{HelpText.Usage}");
                return ExitCode.Usage;
        }
        try
        {
            return Run(request, world(request));
        }
        catch (SystemRefusal e)
        {
            error.Write($"hyperv-vfattach: {e.Message}\n");
            return ExitCode.Refused;
        }
    }

    /// <summary>Runs a request; every refusal ends in one line and an exit code.</summary>
    public static ExitCode Run(Request request, World world) => Guarded(world, () => request switch
    {
        AttachRequest attach => AttachCommand.Run(attach, world),
        ImportRequest import => ImportCommand.Run(import, world),
        VfEventRequest vf => DevdCommands.VfEvent(vf, world),
        VfLeftRequest left => VfLeftCommand.Run(left, world),
        LinkUpRequest up => DevdCommands.LinkUp(up, world),
        PathRequest path => PathCommand.Run(path, world),
        ScanRequest scan => ScanCommand.Run(scan, world),
        DetachRequest detach => DetachCommand.Run(detach, world),
        StatusRequest { History: true } history => HistoryCommand.Run(history, world),
        StatusRequest status => StatusCommand.Run(status, world),
        DoctorRequest doctor => DoctorCommand.Run(doctor, world),
        _ => throw new ArgumentException($"unknown request {request}", nameof(request)),
    });

    /// <summary>Turns what is thrown for a refusal into a line and an exit code.</summary>
    public static ExitCode Guarded(World world, Func<ExitCode> run)
    {
        try
        {
            return run();
        }
        catch (ObserveOnly e) when (world.Request.IsEvent)
        {
            // For the administrator's eyes, and as intended: no unit fails.
            world.Log.Notice(e.Message);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is SystemRefusal or ObserveOnly)
        {
            world.Log.Error(e.Message);
            return ExitCode.Refused;
        }
        catch (ConfigurationError e)
        {
            world.Log.Error(e.Message);
            return ExitCode.Configuration;
        }
        catch (JournalDamaged e)
        {
            world.Log.Error($"{e.Message}; nothing was touched");
            return ExitCode.Partly;
        }
        catch (Exception e) when (FileRefusal.Is(e) && e is not OutputRefusal)
        {
            // Such as a directory that went away between two looks at it.
            world.Log.Error(e.Message);
            return ExitCode.Refused;
        }
    }

    /// <summary>Says which privilege is missing.</summary>
    public static ExitCode Unprivileged(World world, string missing)
    {
        world.Log.Error($"this needs the privilege {missing}: run it as root");
        return ExitCode.Refused;
    }
}
