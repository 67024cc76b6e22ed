using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Pairs;

namespace HypervVfattach.Commands;

/// <summary><c>import IFACE</c>: the udev properties of a VF, for IMPORT{program}; nothing for anything else.</summary>
internal static class ImportCommand
{
    /// <summary>Runs the command. It is asked at every event, so it says nothing but the properties.</summary>
    public static ExitCode Run(ImportRequest request, World world)
    {
        int? index = EventIdentity.Index(request, world.Variable);
        Settings settings;
        try
        {
            settings = world.LoadSettings(request.Config);
        }
        catch (ConfigurationError e)
        {
            // udev ignores the output of a program that fails, and then a network manager takes the VF: worse than what
            // the file can say.
            world.Log.Error($"{e.Message}; going by the defaults");
            settings = new Settings();
        }
        Snapshot snapshot = new Sight(world, settings).Links();
        if ((index is { } known ? snapshot.Find(known) : snapshot.Find(request.Interface)) is { } link)
        {
            foreach ((string key, string value) in
                Policy.UdevProperties(new Event(link.Index, DelayOver: false), snapshot, settings))
                world.Out.Write($"{key}={value}\n");
        }
        return ExitCode.Done;
    }
}
