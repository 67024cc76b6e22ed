using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.DBus;
using HypervVfattach.Owners;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Tmds.DBus.Protocol;
using Xunit;
using static HypervVfattach.Tests.Unit.Linux.ScriptedPeer;

namespace HypervVfattach.Tests.Unit.Owners;

/// <summary>NetworkManager's profiles, read from and written to D-Bus messages.</summary>
public class ProfileTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(25);
    private static readonly CopyProfile s_clone =
        new(7, new HardwareAddress("00:15:5d:01:02:03"), new ProfileCopy("u-1", "01:02", 101, 102, "::1") { Duid = "00:04:aa", Iaid = "9a:27:00:01" });

    private static readonly MethodCall s_get = new("/o", "org.example", "GetSettings");

    /// <summary>A value of each type that occurs in a profile; an empty array keeps its type.</summary>
    private static readonly (string Key, string Type, Action<DBusWriter> Value)[] s_values =
    [
        ("method", "s", w => w.Text("auto")),
        ("route-metric", "x", w => w.UInt64(ulong.MaxValue)),
        ("timestamp", "t", w => w.UInt64(1_700_000_000)),
        ("dhcp-timeout", "i", w => w.UInt32(45)),
        ("flags", "u", w => w.UInt32(7)),
        ("may-fail", "b", w => w.UInt32(1)),
        ("no", "b", w => w.UInt32(0)),
        ("addresses", "aau", w => w.Array(4, () => w.Array(4, () => w.UInt32(1)))),
        ("no-addresses", "aau", w => w.Array(4, () => { })),
        ("dns", "aay", w => w.Array(4, () => w.Array(1, () => w.Bytes([1, 2, 3])))),
        ("mac", "ay", w => w.Array(1, () => w.Bytes([0, 0x15, 0x5d, 1, 2, 3]))),
        ("routes6", "a(ayuayu)", w => w.Array(8, () =>
        {
            w.Align(8);
            w.Array(1, () => w.Bytes([0x20, 1]));
            w.UInt32(64);
            w.Array(1, () => { });
            w.UInt32(100);
        })),
        ("no-routes6", "a(ayuayu)", w => w.Array(8, () => { })),
        ("dns-search", "as", w => w.Array(4, () => w.Text("example.org"))),
        ("permissions", "as", w => w.Array(4, () => { })),
        ("address-data", "aa{sv}", w => w.Array(4, () => w.Array(8, () => Entry(w, "prefix", "u", v => v.UInt32(24))))),
        ("route-data", "aa{sv}", w => w.Array(4, () => { })),
        ("options", "a{ss}", w => w.Array(8, () =>
        {
            w.Align(8);
            w.Text("mode");
            w.Text("active-backup");
        })),
        ("no-options", "a{ss}", w => w.Array(8, () => { })),
    ];

    [Fact]
    public void A_profile_comes_back_as_it_was_byte_by_byte()
    {
        byte[] settings = Settings(("ipv4", s_values), ("empty", []), ("ipv6", s_values[..3]));
        byte[]? written = null;
        using var peer = Peer(settings, body => written = body);
        using BusPeer bus = BusPeer.TryAtSocket(peer.SocketPath, "org.example", "example", s_patience)!;
        Profile profile = bus.Ask(s_get, Profile.Signature, (ref Reader reader) => new Profile(ref reader), "read a profile")!;
        bus.Send(new MethodCall("/o", "org.example", "Update", Profile.Signature, profile.WriteTo), "write it");
        written.ShouldBe(settings);
    }

    [Fact]
    public void A_copy_for_a_bond_keeps_what_is_not_the_profiles_own() =>
        Shown(Read(Settings(
            ("connection", [Text("id", "Wired"), Text("uuid", "u-1"), Text("type", "802-3-ethernet"), Text("zone", "trusted")]),
            ("802-3-ethernet", [Text("mac-address", "00:15:5d:01:02:03")]),
            ("ipv4", [Text("method", "auto"), ("route-metric", "x", w => w.UInt64(5)), Text("dhcp-client-id", "old")]),
            ("ipv6", [Text("method", "auto"), ("addr-gen-mode", "i", w => w.UInt32(1))])))
            .CopyFor(s_clone, "u-2", "bond-eth1", "100")).ShouldBeApproved();

    [Fact]
    public void Static_IPv6_comes_later_with_the_metric_of_the_copy()
    {
        Profile original = Read(Settings(("connection", []), ("ipv4", [Text("method", "manual")]),
            ("ipv6", [Text("method", "manual"), ("route-metric", "x", w => w.UInt64(5)), Text("gateway", "fe80::1")])));
        Profile copy = original.CopyFor(s_clone, "u-2", "bond-eth1", "100");
        $"{Shown(copy)}and then\n{Shown(copy.WithIPv6Of(original))}".ShouldBeApproved();
    }

    [Fact]
    public void A_port_has_a_profile_of_its_own() => Shown(Profile.OfPort("u-3", "u-2", "eth1", "bond-eth1")).ShouldBeApproved();

    private static (string, string, Action<DBusWriter>) Text(string key, string text) => (key, "s", w => w.Text(text));

    private static Profile Read(byte[] settings)
    {
        using var peer = Peer(settings, _ => { });
        using BusPeer bus = BusPeer.TryAtSocket(peer.SocketPath, "org.example", "example", s_patience)!;
        return bus.Ask(s_get, Profile.Signature, (ref Reader reader) => new Profile(ref reader), "read a profile")!;
    }

    // As NetworkManager receives it.
    private static string Shown(Profile profile)
    {
        var text = new StringBuilder();
        using var peer = Peer([], body => new DBusReader(body, 0).Print(Profile.Signature, text, 0));
        using BusPeer bus = BusPeer.TryAtSocket(peer.SocketPath, "org.example", "example", s_patience)!;
        bus.Ask(s_get, Profile.Signature, (ref Reader _) => "", "read nothing");
        bus.Send(new MethodCall("/o", "org.example", "Update", Profile.Signature, profile.WriteTo), "write it");
        return text.ToString();
    }

    private static ScriptedPeer Peer(byte[] settings, Action<byte[]> written) => new(stream =>
    {
        DBusPeer.Handshake(stream);
        stream.Write(Error(ReadCall(stream)));
        stream.Write(Reply(ReadCall(stream), Profile.Signature, settings));
        (uint serial, byte[] body) = ReadCallWithBody(stream);
        written(body);
        stream.Write(Reply(serial, "", []));
        Hang(stream);
    });

    private static byte[] Settings(params (string Name, (string Key, string Type, Action<DBusWriter> Value)[] Values)[] sections)
    {
        var writer = new DBusWriter();
        writer.Array(8, () =>
        {
            foreach ((string name, (string Key, string Type, Action<DBusWriter> Value)[] values) in sections)
            {
                writer.Align(8);
                writer.Text(name);
                writer.Array(8, () =>
                {
                    foreach ((string key, string type, Action<DBusWriter> value) in values)
                        Entry(writer, key, type, value);
                });
            }
        });
        return writer.ToArray();
    }

    private static void Entry(DBusWriter writer, string key, string type, Action<DBusWriter> value)
    {
        writer.Align(8);
        writer.Text(key);
        writer.Signature(type);
        value(writer);
    }
}
