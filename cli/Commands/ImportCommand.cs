using System.Collections.Immutable;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary><c>import IFACE</c>: the udev properties of a VF, for IMPORT{program}; nothing for anything else.</summary>
internal static class ImportCommand
{
    /// <summary>Runs the command. udev runs it at every event, so it prints only the properties.</summary>
    public static ExitCode Run(ImportRequest request, World world)
    {
        int? index = EventIdentity.Index(request, world.Variable);
        Settings settings;
        try
        {
            settings = world.LoadSettings();
        }
        catch (ConfigurationError e)
        {
            // udev ignores the output of a program that fails, and then a network manager would take the VF. The defaults are the smaller
            // harm.
            world.Log.Error($"{e.Message}; going by the defaults");
            settings = new Settings();
        }
        var reader = new HostReader(world, settings) { Joins = seen => Joins(world, seen, settings) };
        Snapshot host = (reader.Unlocked(index) ?? reader.Links()).Host;
        if ((index is { } known ? host.Find(known) : host.Find(request.Interface)) is { } link)
        {
            foreach ((string key, string value) in
                world.Policy.UdevProperties(new Event(link.Index, DelayOver: false), host, settings))
                world.Out.Write($"{key}={value}\n");
        }
        return ExitCode.Done;
    }

    // SELinux may forbid udev's programs to read the journals. Without properties a network manager would take the VF of a join, so a bond
    // with our name is taken for ours.
    private static ImmutableArray<Join> Joins(World world, Snapshot seen, Settings settings)
    {
        try
        {
            return world.Journals.Joins();
        }
        catch (SystemRefusal e)
        {
            world.Log.Error($"{e.Message}; going by the names of bonds");
            var joins = ImmutableArray.CreateBuilder<Join>();
            foreach (Pair pair in world.Policy.Pairs(seen, settings))
            {
                Link synthetic = pair.Synthetic;
                if (seen.Find(synthetic.Master) is { } bond && bond.Name == settings.For(pair, null, seen).AggregateNameFor(synthetic.Name))
                    joins.Add(new Join(pair.Mac, synthetic.Index, synthetic.Name, bond.Index, bond.Name));
            }
            return joins.ToImmutable();
        }
    }
}
