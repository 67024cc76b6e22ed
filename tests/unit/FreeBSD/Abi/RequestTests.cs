using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.FreeBSD.Abi;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Abi;

/// <summary>Each request that the backend builds equals the recorded one to a running kernel, byte for byte, and each recorded answer has
/// its documented effect.</summary>
public class RequestTests
{
    [Fact]
    public void Request_numbers_names_and_sizes_are_the_recorded_ones()
    {
        int known = 0;
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "ioctl"))
        {
            IoctlRequest.ArgumentSize(call.Request).ShouldBe(call.In.Length, call.ToString());
            string name = IoctlRequest.Name(call.Request);
            if (name.StartsWith("ioctl ", StringComparison.Ordinal))
                continue;
            name.ShouldBe(call.Name);
            known++;
        }
        known.ShouldBeGreaterThan(700);
    }

    [Fact]
    public void Switching_on_and_off_sends_the_recorded_flags()
    {
        int compared = 0;
        foreach ((RecordedCall get, RecordedCall set) in Followed("SIOCGIFFLAGS", "SIOCSIFFLAGS"))
        {
            ScriptedKernel kernel = new ScriptedKernel().Answering(get, set);
            using var sockets = new Sockets(kernel);
            bool up = (set.In[16] & 1) != 0;
            bool changed = Outcome<bool?>(() => new Interfaces(sockets).SetUp(Name(set.In), up), set) ?? true;
            if (changed)
                kernel.Ioctls[1].Bytes.ShouldBe(set.In, set.ToString());
            else
                get.Out[16..20].ShouldBe(set.In[16..20], "nothing is sent only where nothing changes");
            compared++;
        }
        compared.ShouldBeGreaterThan(70);
    }

    [Fact]
    public void Unknown_flags_and_the_high_half_survive()
    {
        RecordedCall get = Recording.Ioctls("SIOCGIFFLAGS").First(call => call.Errno == 0);
        byte[] odd = [.. get.Out];
        odd[16] = 0x62; // 0x20: set on hardware ports of 14.0-CURRENT, with no known meaning
        odd[18] = 0x02; // IFF_PPROMISC
        odd[19] = 0x80;
        ScriptedKernel kernel = new ScriptedKernel().Answering(get with { Out = odd });
        using var sockets = new Sockets(kernel);

        new Interfaces(sockets).SetUp("hn0", true).ShouldBeTrue();

        kernel.Ioctls[1].Bytes[16..20].ShouldBe([0x63, odd[17], 0x02, 0x80]);
    }

    [Fact]
    public void Setting_the_mtu_sends_the_recorded_request()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCSIFMTU"))
            Compare(call, sockets => new Interfaces(sockets).SetMtu(Name(call.In), BitConverter.ToInt32(call.In, 16)));
    }

    [Fact]
    public void Creating_a_lagg_sends_the_recorded_request_and_takes_the_name_that_the_kernel_gives()
    {
        int created = 0;
        foreach (RecordedCall call in Recording.Ioctls("SIOCIFCREATE2").Where(call => call.In[16..].All(b => b == 0)))
        {
            RecordedCall fresh = Recording.Ioctls("SIOCGLAGG").First(get => get.Errno == 0 && get.Out[16] == 2);
            ScriptedKernel kernel = new ScriptedKernel().Answering(call, fresh);
            using var sockets = new Sockets(kernel);
            string? name = Outcome(() => new Lagg(sockets, new Modules(kernel)).Create(Name(call.In)), call);
            kernel.Ioctls[0].Bytes.ShouldBe(call.In, call.ToString());
            if (name is null)
                continue;
            name.ShouldBe(Name(call.Out));
            kernel.Ioctls.Count.ShouldBe(2, "a new lagg is a failover one: the protocol is looked at, not set");
            created++;
        }
        created.ShouldBeGreaterThan(30);
    }

    [Fact]
    public void Removing_a_lagg_sends_the_recorded_request_and_one_that_is_gone_is_no_error()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCIFDESTROY"))
        {
            bool? removed = null;
            Compare(call, sockets => removed = new Lagg(sockets, NoModules()).Destroy(Name(call.In)), Errno.ENXIO);
            if (call.Errno is 0 or Errno.ENXIO)
                removed.ShouldBe(call.Errno == 0, call.ToString());
        }
    }

    [Fact]
    public void Setting_the_protocol_sends_the_recorded_request()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCSLAGG"))
            Compare(
                call,
                sockets => new Lagg(sockets, NoModules()).SetProtocol(Name(call.In), (LaggProtocol)call.In[16]));
    }

    [Fact]
    public void Adding_a_port_sends_the_recorded_request_and_a_port_that_is_there_is_no_error()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCSLAGGPORT"))
        {
            bool? added = null;
            Compare(
                call, sockets => added = new Lagg(sockets, NoModules()).AddPort(Name(call.In), Name(call.In[16..])),
                Errno.EEXIST);
            if (call.Errno is 0 or Errno.EEXIST)
                added.ShouldBe(call.Errno == 0, call.ToString());
        }
    }

    [Fact]
    public void Removing_a_port_sends_the_recorded_request_and_one_that_is_gone_is_no_error()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCSLAGGDELPORT"))
        {
            bool? removed = null;
            Compare(
                call,
                sockets => removed = new Lagg(sockets, NoModules()).RemovePort(Name(call.In), Name(call.In[16..])),
                Errno.ENOENT, Errno.EINVAL, Errno.ENXIO);
            if (call.Errno != Errno.EPERM)
                removed.ShouldBe(call.Errno == 0, call.ToString());
        }
    }

    [Fact]
    public void Ports_of_a_lagg_are_read_as_recorded()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCGLAGG"))
        {
            LaggState? state = null;
            ScriptedKernel kernel = new ScriptedKernel().Answering(call);
            using var sockets = new Sockets(kernel);
            state = new Lagg(sockets, NoModules()).Read(Name(call.In));
            // Our request has room for all ports, so length and pointer of the buffer are the only difference.
            byte[] sent = kernel.Ioctls[0].Bytes;
            sent[..24].ShouldBe(call.In[..24], call.ToString());
            sent[40..].ShouldBe(call.In[40..]);
            BitConverter.ToInt32(sent, 24).ShouldBe(32 * 72);
            if (call.Errno != 0)
            {
                state.ShouldBeNull();
                continue;
            }
            state.ShouldNotBeNull();
            ((int)state.Protocol).ShouldBe(call.Out[16]);
            state.Ports.Select(port => port.Name).ShouldBe(
                call.Aux.Chunk(72).Take(call.Out[40]).Select(port => Name(port[16..])));
            state.Ports.Select(port => (byte)port.Flags).ShouldBe(
                call.Aux.Chunk(72).Take(call.Out[40]).Select(port => port[36]));
        }
    }

    [Fact]
    public void Adding_an_IPv4_address_sends_the_recorded_request()
    {
        int compared = 0;
        foreach (RecordedCall call in Recording.Ioctls("SIOCAIFADDR").Where(call => call.In[48] != 0))
        {
            var address = new Address
            {
                Link = 1,
                Local = new IPAddress(call.In[20..24]),
                PrefixLength = Ones(call.In[52..56]),
                Broadcast = call.In[32] == 0 ? null : new IPAddress(call.In[36..40]),
            };
            Compare(call, sockets => new Addresses(sockets).Add(Name(call.In), address));
            compared++;
        }
        compared.ShouldBeGreaterThan(40);
    }

    [Fact]
    public void Removing_an_IPv4_address_sends_the_recorded_request_and_one_that_is_gone_is_no_error()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCDIFADDR").Where(call => call.In[16] != 0))
            Compare(
                call, sockets => new Addresses(sockets).Remove(
                    Name(call.In),
                    new Address { Link = 1, Local = new IPAddress(call.In[20..24]), PrefixLength = 24 }),
                Errno.EADDRNOTAVAIL);
    }

    [Fact]
    public void Adding_an_IPv6_address_sends_the_recorded_request()
    {
        foreach (RecordedCall call in SixSocket("SIOCAIFADDR_IN6"))
            Compare(
                call, sockets => new Addresses(sockets).Add(
                    Name(call.In),
                    new Address
                    {
                        Link = 1,
                        Local = new IPAddress(call.In[24..40]),
                        PrefixLength = Ones(call.In[80..96]),
                    }));
    }

    [Fact]
    public void Removing_an_IPv6_address_sends_the_recorded_request_and_one_that_is_gone_is_no_error()
    {
        foreach (RecordedCall call in SixSocket("SIOCDIFADDR_IN6").Where(call => call.In[16] != 0))
            Compare(
                call, sockets => new Addresses(sockets).Remove(
                    Name(call.In),
                    new Address { Link = 1, Local = new IPAddress(call.In[24..40]), PrefixLength = 64 }),
                Errno.EADDRNOTAVAIL);
    }

    [Fact]
    public void A_tentative_address_is_seen_as_such()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCGIFAFLAG_IN6"))
        {
            // The record with the embedded scope imitates the kernel's own dump; our requests have no embedded scope.
            if (call.In[26] != 0)
                continue;
            ScriptedKernel kernel = new ScriptedKernel().Answering(call);
            using var sockets = new Sockets(kernel);
            Address address = new Addresses(sockets).WithState(
                Name(call.In), new Address { Link = 1, Local = new IPAddress(call.In[24..40]), PrefixLength = 64 });
            kernel.Ioctls[0].Bytes.ShouldBe(call.In, call.ToString());
            kernel.Ioctls[0].Family.ShouldBe(Family.IPv6);
            address.Flags.ShouldBe(call.Out[16] == 2 ? AddressFlags.Tentative : AddressFlags.None);
        }
    }

    [Fact]
    public void Changing_the_IPv6_settings_sends_the_recorded_request()
    {
        int compared = 0;
        foreach ((RecordedCall get, RecordedCall set) in Followed("SIOCGIFINFO_IN6", "SIOCSIFINFO_IN6"))
        {
            var before = (Nd6Flags)BitConverter.ToUInt32(get.Out, 36);
            var after = (Nd6Flags)BitConverter.ToUInt32(set.In, 36);
            ScriptedKernel kernel = new ScriptedKernel().Answering(get, set);
            using var sockets = new Sockets(kernel);
            bool changed = Outcome<bool?>(
                () => new Interfaces(sockets).SetNd6(Name(set.In), after & ~before, before & ~after), set) ?? true;
            kernel.Ioctls[0].Bytes.ShouldBe(get.In);
            kernel.Ioctls.ShouldAllBe(call => call.Family == Family.IPv6);
            if (changed)
            {
                kernel.Ioctls[1].Bytes.ShouldBe(set.In, set.ToString());
                compared++;
            }
        }
        compared.ShouldBeGreaterThan(10);
    }

    [Fact]
    public void A_kernel_without_IPv6_is_left_in_peace()
    {
        var kernel = new ScriptedKernel { HasIPv6 = false };
        using var sockets = new Sockets(kernel);
        new Interfaces(sockets).SetNd6("lagg0", Nd6Flags.NoDad, Nd6Flags.None).ShouldBeFalse();
        new Interfaces(sockets).Nd6("lagg0").ShouldBeNull();
        kernel.Ioctls.ShouldBeEmpty();
    }

    [Fact]
    public void The_burnt_in_address_is_read_as_recorded()
    {
        foreach (RecordedCall call in Recording.Ioctls("SIOCGHWADDR"))
        {
            ScriptedKernel kernel = new ScriptedKernel().Answering(call);
            using var sockets = new Sockets(kernel);
            new Interfaces(sockets).PermanentAddress(Name(call.In)).ShouldBe(call.Out[18..24], call.ToString());
            kernel.Ioctls[0].Bytes.ShouldBe(call.In);
        }
    }

    [Fact]
    public void Route_requests_are_the_recorded_ones_and_their_errno_is_understood()
    {
        int compared = 0;
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "route_write"))
        {
            byte[] sent = call.In;
            // Our requests always name the router and have the full mask, as in route(8): one of several forms in the record.
            if (sent[3] == 4 || sent[12] != 7 || sent[184] == 0)
                continue;
            var route = new Route
            {
                Destination = new IPAddress(sent[156..160]),
                DestinationLength = Ones(sent[188..192]),
                Table = 0,
                Protocol = (sent[9] & 8) != 0 ? RouteOrigin.Static : (byte)0,
                Legs = [new RouteLeg(1, new IPAddress(sent[172..176]))],
            };
            var kernel = new ScriptedKernel { WriteAnswer = call.Answer };
            using var sockets = new Sockets(kernel);
            var routes = new Routes(sockets, processId: 1, firstSequence: BitConverter.ToInt32(sent, 20));
            bool? done = Outcome<bool?>(
                () => sent[3] == 2 ? routes.Remove(route)
                    : routes.Add(route, sent[3] == 3 ? RoutePlace.Instead : RoutePlace.Alone),
                call, sent[3] == 2 ? [Errno.ESRCH] : [Errno.EEXIST]);
            // A change is requested only after an addition was refused.
            if (sent[3] != 3)
                kernel.Written[0].ShouldBe(sent, call.ToString());
            if (done is not null)
                done.ShouldBe(call.Errno == 0, call.ToString());
            compared++;
        }
        compared.ShouldBeGreaterThan(20);
    }

    [Theory]
    [InlineData(0, 7, false)] // there, or compiled in
    [InlineData(5, -1, true)] // loaded: a file's id
    [InlineData(-Errno.EEXIST, -1, true)] // another process was faster
    public void The_module_is_loaded_where_it_is_missing(int answer, int found, bool loads)
    {
        var kernel = new ScriptedKernel { ModuleId = found < 0 ? -Errno.ENOENT : found, LoadAnswer = answer };
        new Modules(kernel).NeedLagg();
        kernel.Loaded.ShouldBe(loads ? ["if_lagg"] : []);
    }

    [Theory]
    [InlineData(Errno.ENOENT, "there is no if_lagg.ko")]
    [InlineData(Errno.EPERM, "outside a jail")]
    public void A_module_that_cannot_be_loaded_is_named(int errno, string words)
    {
        var kernel = new ScriptedKernel { ModuleId = -Errno.ENOENT, LoadAnswer = -errno };
        SystemRefusal refusal = Should.Throw<SystemRefusal>(() => new Modules(kernel).NeedLagg());
        refusal.Errno.ShouldBe(errno);
        refusal.Message.ShouldContain(words);
    }

    [Fact]
    public void Every_recorded_module_call_leads_to_the_documented_outcome()
    {
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "kldload" && call.Name == "if_lagg"))
        {
            var kernel = new ScriptedKernel { ModuleId = -Errno.ENOENT, LoadAnswer = call.Answer };
            Outcome(() => { new Modules(kernel).NeedLagg(); return true; }, call, Errno.EEXIST);
        }
    }

    // Pairs of a read and the following write to the same interface.
    private static IEnumerable<(RecordedCall Get, RecordedCall Set)> Followed(string read, string write)
    {
        RecordedCall? last = null;
        // The step "unpriv" writes without a read before.
        foreach (RecordedCall call in Recording.Calls.Where(call => call.Call == "ioctl" && call.Step != "unpriv"))
        {
            if (call.Name == read)
                last = call;
            else if (call.Name == write && last is { Errno: 0 } get && Name(get.In) == Name(call.In))
                yield return (get, call);
        }
    }

    // Only an AF_INET6 socket answers the _IN6 requests; the records on other sockets test that.
    private static IEnumerable<RecordedCall> SixSocket(string name) =>
        Recording.Ioctls(name).Where(call => !call.Note.Contains("AF_INET socket", StringComparison.Ordinal));

    private static void Compare(RecordedCall call, Action<Sockets> act, params int[] fine)
    {
        ScriptedKernel kernel = new ScriptedKernel().Answering(call);
        using var sockets = new Sockets(kernel);
        Outcome(() => { act(sockets); return true; }, call, fine);
        kernel.Ioctls.Single().Request.ShouldBe(call.Request);
        kernel.Ioctls[0].Bytes.ShouldBe(call.In, call.ToString());
        kernel.Ioctls[0].Family.ShouldBe(
            call.Name.EndsWith("_IN6", StringComparison.Ordinal) ? Family.IPv6 : Family.IPv4);
    }

    // Runs an action: a recorded errno must come back in a refusal, unless it is an expected outcome of this request.
    private static T? Outcome<T>(Func<T> act, RecordedCall call, params int[] fine)
    {
        if (call.Errno == 0 || fine.Contains(call.Errno))
            return act();
        SystemRefusal refusal = Should.Throw<SystemRefusal>(() => { act(); }, call.ToString());
        refusal.Errno.ShouldBe(call.Errno, call.ToString());
        refusal.Message.ShouldContain(Errno.Name(call.Errno));
        return default;
    }

    private static Modules NoModules() => new(new ScriptedKernel());

    private static string Name(byte[] bytes) => Field.Text(bytes.AsSpan(0, 16));

    private static byte Ones(byte[] mask) => (byte)mask.Sum(part => System.Numerics.BitOperations.PopCount(part));
}
