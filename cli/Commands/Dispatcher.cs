using HypervVfattach.Apply;
using HypervVfattach.Config;
using HypervVfattach.Core;

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
        catch (OutputLost e)
        {
            // What is done is done, but whoever asked does not know it.
            error.Write($"hyperv-vfattach: standard output: write: {e.Message}\n");
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
    public static ExitCode Run(Request request, World world)
    {
        try
        {
            return Guarded(world, () => Command(request, world));
        }
        catch (OutputLost e)
        {
            world.Log.Error($"standard output: write: {e.Message}");
            throw;
        }
    }

    private static ExitCode Command(Request request, World world) => request switch
    {
        AttachRequest attach => AttachCommand.Run(attach, world),
        ImportRequest import => ImportCommand.Run(import, world),
        VfEventRequest vf => DevdCommands.VfEvent(vf, world),
        LinkUpRequest up => DevdCommands.LinkUp(up, world),
        ScanRequest scan => ScanCommand.Run(scan, world),
        DetachRequest detach => DetachCommand.Run(detach, world),
        StatusRequest status => StatusCommand.Run(status, world),
        _ => throw new ArgumentException($"unknown request {request}", nameof(request)),
    };

    /// <summary>Turns what is thrown for a refusal into a line and an exit code.</summary>
    public static ExitCode Guarded(World world, Func<ExitCode> run)
    {
        try
        {
            return run();
        }
        catch (SystemRefusal e)
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
        catch (Exception e) when (FileRefusal.Is(e) && e is not OutputLost)
        {
            world.Log.Error(e.Message);
            return ExitCode.Refused;
        }
    }

    /// <summary>As <see cref="Guarded"/> for one of several pairs: a mistake of ours in its turn, of which what was begun has been
    /// undone, does not end that of the others.</summary>
    public static ExitCode Contained(World world, Func<ExitCode> run)
    {
        try
        {
            return Guarded(world, run);
        }
        catch (SystemException e) when (e is not OutputLost)
        {
            world.Log.Error($"internal error: {e.GetType().Name}: {e.Message}");
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
