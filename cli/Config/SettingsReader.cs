using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;

namespace HypervVfattach.Config;

/// <summary>Reads the text of a configuration file into <see cref="Settings"/>; an unknown key or a wrong type is an error.</summary>
internal sealed class SettingsReader
{
    private static readonly string[] s_keysOfAll =
        ["delay", "join", "synthetic_drivers", "aggregate_name", "take_name", "miimon", "force", "path_check", "observe_only"];
    private static readonly string[] s_keysOfOne = ["delay", "join", "aggregate_name", "take_name", "force", "path_check"];

    private readonly string _file;
    private readonly SettingsScope _scope;

    private SettingsReader(string file, SettingsScope scope) => (_file, _scope) = (file, scope);

    private string Joins
    {
        get
        {
            string[] names = [.. _scope.Joins.Select(name => $"\"{name}\"")];
            return $"{string.Join(", ", names[..^1])} or {names[^1]}";
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its name, for error messages.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="scope">The settings that exist on the running system; null for Linux.</param>
    /// <exception cref="ConfigurationError">The file is invalid; the message names the place and the possible values.</exception>
    public static Settings Read(string file, ReadOnlySpan<byte> utf8, SettingsScope scope) =>
        new SettingsReader(file, scope).ForAll(TomlDocument.Read(file, utf8));

    private Settings ForAll(TomlTable root)
    {
        Settings settings = _scope.Defaults;
        foreach (TomlEntry entry in root.Entries)
        {
            RequireMeaning(entry);
            settings = entry.Key switch
            {
                "delay" => settings with { Delay = Delay(entry) },
                "join" => settings with { Join = Join(entry) },
                "synthetic_drivers" => settings with { SyntheticDrivers = Drivers(entry) },
                "aggregate_name" => settings with { AggregateName = AggregateName(entry) },
                "take_name" => settings with { TakeName = Boolean(entry) },
                "miimon" => settings with { Miimon = (uint)Integer(entry, 1, 10_000, "milliseconds") },
                "force" => settings with { Force = Boolean(entry) },
                "path_check" => settings with { PathCheck = PathCheck(entry) },
                "observe_only" => settings with { ObserveOnly = Boolean(entry) },
                "interface" => settings with { Interfaces = Interfaces(entry, settings.Interfaces) },
                _ => throw Fault(entry.Position, $"unknown key {QuotedText.Of(entry.Key)}; possible are "
                    + $"{Possible(s_keysOfAll)}, or a table [interface.NAME]"),
            };
        }
        return settings;
    }

    private ImmutableDictionary<string, InterfaceSettings> Interfaces(
        TomlEntry tables, ImmutableDictionary<string, InterfaceSettings> interfaces)
    {
        foreach (TomlEntry entry in Table(tables, "a table [interface.NAME]").Entries)
        {
            TomlTable table = Table(entry, "a table [interface.NAME], NAME an interface's name or MAC address");
            if (!IsMacAddress(entry.Key) && InterfaceName.FaultOfAny(entry.Key) is { } fault)
                throw Fault(entry.Position,
                    $"{QuotedText.Of(entry.Key)} is neither a MAC address (00:15:5d:01:02:03) nor an interface's name: it {fault}");
            // The keys of interfaces are compared without regard to case, because MAC addresses are written either way.
            if (interfaces.ContainsKey(entry.Key))
                throw Fault(entry.Position, $"{QuotedText.Of(entry.Key)} differs from an earlier table in upper and lower case only");
            interfaces = interfaces.Add(entry.Key, ForOne(table));
        }
        return interfaces;
    }

    private InterfaceSettings ForOne(TomlTable table)
    {
        var settings = new InterfaceSettings();
        foreach (TomlEntry entry in table.Entries)
        {
            RequireMeaning(entry);
            settings = entry.Key switch
            {
                "delay" => settings with { Delay = Delay(entry) },
                "join" => settings with { Join = Join(entry) },
                "aggregate_name" => settings with { AggregateName = AggregateName(entry) },
                "take_name" => settings with { TakeName = Boolean(entry) },
                "force" => settings with { Force = Boolean(entry) },
                "path_check" => settings with { PathCheck = PathCheck(entry) },
                "synthetic_drivers" or "miimon" or "observe_only" => throw Fault(entry.Position,
                    $"{entry.Key} holds for all interfaces; put it above the first [table]"),
                _ => throw Fault(entry.Position,
                    $"unknown key {QuotedText.Of(entry.Key)} of an interface; possible are {Possible(s_keysOfOne)}"),
            };
        }
        return settings;
    }

    private string Possible(string[] keys) => string.Join(", ", keys.Where(key => !_scope.Meaningless.Contains(key)));

    private void RequireMeaning(TomlEntry entry)
    {
        if (_scope.Meaningless.Contains(entry.Key))
            throw Fault(entry.Position, $"{entry.Key} has no meaning on {_scope.System}; remove it");
    }

    private TimeSpan Delay(TomlEntry entry) => TimeSpan.FromSeconds(Integer(entry,
        (long)_scope.ShortestDelay.TotalSeconds, (long)Settings.LongestDelay.TotalSeconds, "seconds"));

    private JoinKind Join(TomlEntry entry)
    {
        string name = String(entry, Joins);
        // Before 0.1.0 a lagg was called "bond" in this setting.
        if (name == "bond" && _scope.Joins.Contains("lagg"))
            name = "lagg";
        if (JoinKinds.Find(name) is not { } kind)
            throw Fault(entry.Value.Position, $"join is {QuotedText.Of(name)}; expected {Joins}");
        return _scope.Joins.Contains(name) ? kind
            : throw Fault(entry.Value.Position, $"join is \"{name}\", which {_scope.System} does not support; expected {Joins}");
    }

    private ImmutableArray<string> Drivers(TomlEntry entry)
    {
        const string Expected = "an array of drivers' names, such as [\"hv_netvsc\"]";
        if (entry.Value is not TomlArray array)
            throw WrongType(entry, entry.Value, Expected);
        if (array.Items.Count == 0)
            throw Fault(array.Position, $"{entry.Key} is empty; expected {Expected}; to join nothing, set join = \"none\"");
        return [.. array.Items.Select(item => item switch
        {
            TomlString { Value: "" } => throw Fault(item.Position, "a driver's name is empty"),
            TomlString driver => driver.Value,
            _ => throw WrongType(entry, item, Expected),
        })];
    }

    private PathCheck PathCheck(TomlEntry entry)
    {
        const string Expected = "\"off\", \"gateway\", or an array of addresses, such as [\"192.0.2.1\"]";
        if (entry.Value is not TomlArray array)
        {
            return String(entry, Expected) switch
            {
                "off" => Core.PathCheck.Off,
                "gateway" => Core.PathCheck.OfGateways,
                var other => throw Fault(entry.Value.Position, $"{entry.Key} is {QuotedText.Of(other)}; expected {Expected}"),
            };
        }
        if (array.Items.Count is 0 or > Core.PathCheck.Most)
            throw Fault(array.Position, $"{entry.Key} has {array.Items.Count} addresses; expected 1 to {Core.PathCheck.Most}, or \"off\"");
        var targets = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (TomlValue item in array.Items)
        {
            string text = (item as TomlString ?? throw WrongType(entry, item, Expected)).Value;
            // IPAddress also takes "1" and "fe80::1%eth0".
            if (!IPAddress.TryParse(text, out IPAddress? target) || !text.Contains(':') && target.ToString() != text || text.Contains('%'))
                throw Fault(item.Position, $"{QuotedText.Of(text)} is no IP address");
            targets.Add(target);
        }
        return new PathCheck(false, targets.ToImmutable());
    }

    private string AggregateName(TomlEntry entry)
    {
        string pattern = String(entry, "a name, such as \"bond-%s\"");
        string name = pattern.Replace("%s", "x", StringComparison.Ordinal);
        string? fault = pattern switch
        {
            "%s" => "would be the synthetic NIC's own name; set take_name = true instead",
            "bond0" => "is the name that the kernel's bonding module takes for itself when it is loaded",
            _ when pattern.Split("%s").Length > 2 => "contains %s more than once",
            _ when name.Contains('%') => "contains a '%' without the s of %s (the synthetic NIC's name)",
            _ => InterfaceName.Fault(name),
        };
        return fault is null
            ? pattern
            : throw Fault(entry.Value.Position, $"{entry.Key} {QuotedText.Of(pattern)} {fault}");
    }

    private long Integer(TomlEntry entry, long least, long most, string unit)
    {
        if (entry.Value is not TomlInteger integer)
            throw WrongType(entry, entry.Value, $"a whole number of {unit} from {least} to {most}");
        return integer.Value >= least && integer.Value <= most
            ? integer.Value
            : throw Fault(integer.Position,
                $"{entry.Key} is {integer.Value}; expected a whole number of {unit} from {least} to {most}");
    }

    private string String(TomlEntry entry, string expected) =>
        (entry.Value as TomlString ?? throw WrongType(entry, entry.Value, expected)).Value;

    private bool Boolean(TomlEntry entry) =>
        (entry.Value as TomlBoolean ?? throw WrongType(entry, entry.Value, "true or false")).Value;

    private TomlTable Table(TomlEntry entry, string expected) =>
        entry.Value as TomlTable ?? throw WrongType(entry, entry.Value, expected);

    private ConfigurationError WrongType(TomlEntry entry, TomlValue value, string expected)
    {
        string found = value switch
        {
            TomlString => "a string",
            TomlInteger => "an integer",
            TomlBoolean => "a boolean",
            TomlArray => "an array",
            TomlOther other => other.Kind,
            _ => "a table",
        };
        return Fault(value.Position, $"{QuotedText.Of(entry.Key)} is {found}; expected {expected}");
    }

    private ConfigurationError Fault(TomlPosition position, string message) =>
        new(_file, position.Line, position.Column, message);

    // 00:15:5d:01:02:03
    private static bool IsMacAddress(string text)
    {
        if (text.Length != 17)
            return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (i % 3 == 2 ? text[i] != ':' : !char.IsAsciiHexDigit(text[i]))
                return false;
        }
        return true;
    }
}
