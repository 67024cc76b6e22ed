using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;
using Section = System.Collections.Generic.Dictionary<string, Tmds.DBus.Protocol.VariantValue>;

namespace HypervVfattach.Owners;

/// <summary>A profile of NetworkManager (nm-settings-dbus(5)): sections with their keys, a{sa{sv}}.</summary>
internal sealed partial class Profile
{
    /// <summary>The D-Bus signature of a profile.</summary>
    public const string Signature = "a{sa{sv}}";

    /// <summary>The key in the section <c>user</c> with which a copy names its original.</summary>
    public const string Origin = "hyperv-vfattach.profile";

    private readonly Dictionary<string, Section> _sections = [];

    private Profile()
    {
    }

    /// <summary>Reads a profile from an answer.</summary>
    public Profile(ref Reader reader)
    {
        ArrayEnd end = reader.ReadDictionaryStart();
        while (reader.HasNext(end))
            _sections[reader.ReadString()] = reader.ReadDictionaryOfStringToVariantValue();
    }

    /// <summary>The value of a key such as <c>ipv4.method</c>, or of a key of <c>user.data</c> by its own name; null if there is
    /// none.</summary>
    public string? this[string name] => name.Split('.', 2) is [var section, var key] && _sections.TryGetValue(section, out Section? values)
        && values.TryGetValue(key, out VariantValue value) ? Text(value)
        : _sections.TryGetValue("user", out Section? user) && user.TryGetValue("data", out VariantValue data)
            ? data.GetDictionary<string, string>().GetValueOrDefault(name) : null;

    /// <summary>A string, or a number in digits, with 1 for true; null for any other type.</summary>
    public static string? Text(VariantValue value) => value.Type switch
    {
        VariantValueType.String => value.GetString(),
        VariantValueType.ObjectPath => value.GetObjectPathAsString(),
        VariantValueType.UInt32 => $"{value.GetUInt32()}",
        VariantValueType.Int32 => $"{value.GetInt32()}",
        VariantValueType.UInt64 => $"{value.GetUInt64()}",
        VariantValueType.Int64 => $"{value.GetInt64()}",
        VariantValueType.Bool => value.GetBool() ? "1" : "0",
        _ => null,
    };

    /// <summary>Writes the profile as an argument of a call.</summary>
    public void WriteTo(ref MessageWriter writer)
    {
        ArrayStart start = writer.WriteDictionaryStart();
        foreach ((string name, Section values) in _sections)
        {
            writer.WriteDictionaryEntryStart();
            writer.WriteString(name);
            writer.WriteDictionary(values);
        }
        writer.WriteDictionaryEnd(start);
    }

    /// <summary>The profile of a port.</summary>
    public static Profile OfPort(string uuid, string master, string port, string bond)
    {
        var profile = new Profile();
        profile._sections["connection"] = new()
        {
            ["id"] = $"{port} (port of {bond})",
            ["uuid"] = uuid,
            ["type"] = "802-3-ethernet",
            ["interface-name"] = port,
            ["autoconnect"] = false,
            ["master"] = master,
            ["slave-type"] = "bond",
        };
        return profile;
    }
}
