using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Replay;

/// <summary>Makes the recorded calls on a model kernel and compares results, bytes and events.</summary>
internal sealed class Replayer
{
    private readonly KernelProfile _profile;
    private readonly ModelKernel _kernel;
    private readonly Masks _masks;
    private readonly int _inet;
    private readonly int _inet6;
    private readonly int _local;
    private readonly int _routing;

    public Replayer(KernelProfile profile)
    {
        _profile = profile;
        _kernel = new ModelKernel(profile);
        _masks = new Masks(profile);
        _inet = _kernel.Socket(Af.Inet, 2, 0);
        _inet6 = _kernel.Socket(Af.Inet6, 2, 0);
        _local = _kernel.Socket(Af.Local, 2, 0);
        _routing = _kernel.Socket(Af.Route, 3, 0);
    }

    /// <summary>Differences, each as a readable line.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>Number of compared records, and of skipped ones by reason.</summary>
    public int Compared { get; private set; }
    public SortedDictionary<string, int> Excluded { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, int> Masked => _masks.Count;

    /// <summary>Replays the recording of the profile's kernel, completely or up to the first difference.</summary>
    public void Run(bool toFirstDifference = false)
    {
        var records = Recordings.Of(_profile.Name);
        TakeRandomMacs(records);
        Boot();
        var previous = -1;
        for (var i = 0; i < records.Count && !(toFirstDifference && Differences.Count > 0);)
        {
            var call = records[i];
            var events = records.Skip(call.IsEvent ? i : i + 1).TakeWhile(r => r.IsEvent).ToList();
            if (call.Step != "boot" && call.Step != "sockets")
                Unrecorded.CatchUp(_kernel, _profile.Name, previous, call.Number);
            if (!call.IsEvent)
            {
                i++;
                Make(call);
            }
            // The answer is read from the writing socket before the monitor.
            if (call.Call != "route_write")
                CompareEvents(call, events);
            i += events.Count;
            previous = records[i - 1].Number;
        }
    }

    public override string ToString()
    {
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"{_profile.Name}: {Compared} records compared, {Differences.Count} differences");
        foreach (var (reason, count) in Excluded)
            report.AppendLine(CultureInfo.InvariantCulture, $"  not compared: {count,4} records: {reason}");
        foreach (var (reason, count) in Masked)
            report.AppendLine(CultureInfo.InvariantCulture, $"  masked: {count,6} bytes: {reason}");
        return report.ToString();
    }

    /// <summary>epair(4) draws its MAC addresses at random; takes them from the recording.</summary>
    private void TakeRandomMacs(List<Record> records)
    {
        foreach (var name in new[] { "epair0a", "epair0b", "epair1a", "epair1b" })
        {
            byte[] pattern = [Ift.Ether, (byte)name.Length, 6, 0, .. Encoding.ASCII.GetBytes(name)];
            var seen = records.Select(r => r.Out).FirstOrDefault(o => o.AsSpan().IndexOf(pattern) >= 0);
            if (seen is not null)
                _kernel.Cloners.RandomMacs.Enqueue(seen.AsSpan(seen.AsSpan().IndexOf(pattern) + pattern.Length, 6).ToArray());
        }
    }

    private void Boot()
    {
        byte[] mac = [0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01];
        _kernel.Plug("vtnet0", mac);
        _kernel.Plug("em0", mac, DriverTraits.Em);
        _kernel.PlugLoopback();
        _kernel.Events.Route.Clear();
        if (Recordings.Of(_profile.Name).Exists(r => r.Step == "boot" && r.IsDevctl))
            return;
        _kernel.Events.Clear();
    }

    private void Make(Record call)
    {
        switch (call.Call)
        {
            case "ioctl":
                Ioctl(call);
                break;
            case "__sysctl":
                RouteSysctl(call);
                break;
            case "__sysctlbyname" or "__sysctl{0,3}+__sysctl":
                NamedSysctl(call);
                break;
            case "kldload":
                Same(call, _kernel.KldLoad(call.Name));
                break;
            case "kldfind":
                Same(call, _kernel.Modules.FindFile(call.Name));
                break;
            case "modfind":
                Same(call, _kernel.ModFind(call.Name));
                break;
            case "socket" or "open":
                OpenSomething(call);
                break;
            case "setuid":
                _kernel.IsRoot = false;
                Compared++;
                break;
            case "route_write":
                while (_kernel.Read(_routing, new byte[4096]) > 0)
                    continue;
                Same(call, _kernel.Write(_routing, call.In));
                break;
            case "route_read":
                RouteRead(call);
                break;
            default:
                Differ(call, "an unknown call");
                break;
        }
    }

    /// <summary>The number of a descriptor is irrelevant.</summary>
    private void OpenSomething(Record call)
    {
        var result = call.Name switch
        {
            "AF_INET,SOCK_DGRAM,0" => _kernel.Socket(Af.Inet, 2, 0),
            "AF_INET6,SOCK_DGRAM,0" => _kernel.Socket(Af.Inet6, 2, 0),
            "PF_ROUTE,SOCK_RAW,0" => _kernel.Socket(Af.Route, 3, 0),
            "AF_NETLINK(38),SOCK_RAW,NETLINK_ROUTE(0)" => _kernel.Socket(Af.Netlink, 3, 0),
            _ => _kernel.OpenDevctl(),
        };
        Compared++;
        if (Math.Max(0, -result) != call.Errno)
            Differ(call, $"errno {-result}");
    }

    private unsafe void Ioctl(Record call)
    {
        if (call.Note.Contains("s later", StringComparison.Ordinal))
            _kernel.Inet6.Settle();
        var argument = (byte[])call.In.Clone();
        var pointer = PointerIn(call);
        var memory = (byte*)NativeMemory.AllocZeroed(65536);
        try
        {
            if (pointer >= 0)
            {
                Bytes.Put64(argument, pointer, (ulong)memory);
                if (call.Note.Contains("type 9", StringComparison.Ordinal))
                    memory[0] = 9;
            }
            var descriptor = call.Note == "bad descriptor" ? 9999 : call.Family switch
            {
                "AF_INET" => _inet,
                "AF_INET6" => _inet6,
                _ => _local,
            };
            var result = _kernel.Ioctl(descriptor, call.Request, argument);
            Same(call, result);
            if (pointer >= 0)
                call.In.AsSpan(pointer, 8).CopyTo(argument.AsSpan(pointer));
            var recorded = (byte[])call.Out.Clone();
            _masks.Ioctl(call.Request, recorded, argument);
            SameBytes(call, "argument", recorded, argument);
            if (call.Aux.Length > 0)
                SameBytes(call, "memory pointed to", call.Aux, new Span<byte>(memory, call.Aux.Length));
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>Offset of a pointer in a request.</summary>
    private static int PointerIn(Record call) => call.Request switch
    {
        Requests.SIOCGLAGG when Bytes.U64(call.In, 24) > 0 => 32,
        Requests.SIOCGIFCONF => 8,
        Requests.SIOCIFGCLONERS when Bytes.I32(call.In, 4) > 0 => 8,
        Requests.SIOCGIFXMEDIA => 40,
        Requests.SIOCIFCREATE2 when call.Note.Contains("iflaggparam", StringComparison.Ordinal) => 16,
        _ => -1,
    };

    private void RouteSysctl(Record call)
    {
        var mib = MemoryMarshal.Cast<byte, int>(call.Mib).ToArray();
        var length = _kernel.Sysctl(mib, []);
        Compared++;
        if (length != call.Length)
            Differ(call, $"length {length}, recorded {call.Length}");
        if (call.Room is null || length < 0)
            return;
        var value = new byte[Math.Max(length, 1)];
        _kernel.Sysctl(mib, value);
        SameMessages(call, call.Out, value.AsSpan(0, length).ToArray());
    }

    private void NamedSysctl(Record call)
    {
        Compared++;
        if (call.New is { } written)
        {
            var errno = -_kernel.Sysctls.Set(call.Name, written);
            if (errno != call.Errno)
                Differ(call, $"errno {errno}");
            return;
        }
        var (failure, value) = _kernel.Sysctls.Get(call.Name);
        var room = call.Room ?? int.MaxValue;
        if (failure == 0 && value.Length > room)
            (failure, value) = (Errno.ENOMEM, value[..room]);
        if (failure != call.Errno)
            Differ(call, $"errno {failure}");
        else if (failure is 0 or Errno.ENOMEM && value.Length != call.Length)
            Differ(call, $"length {value.Length}, recorded {call.Length}");
        else if (call.Room is not null && failure is 0 or Errno.ENOMEM)
            SameBytes(call, "value", call.Out, call.Room is null ? [] : value);
        // The same through the interface that the backend uses, which has an empty buffer instead of a null pointer.
        if (call.Room is not (null or 0))
        {
            var result = _kernel.SysctlByName(call.Name, new byte[call.Room.Value]);
            if (result != (call.Errno == 0 ? call.Length : -call.Errno))
                Differ(call, $"sysctlbyname answers {result}");
        }
    }

    private void RouteRead(Record call)
    {
        var buffer = new byte[4096];
        var length = _kernel.Read(_routing, buffer);
        Compared++;
        if (length != call.Result)
            Differ(call, $"length {length}, recorded {call.Result}");
        else
            SameMessages(call, call.Out, buffer[..length]);
    }

    private void CompareEvents(Record call, List<Record> events)
    {
        var expected = new List<Record>();
        foreach (var recorded in events)
            if (Exclusions.Reason(recorded) is { } reason)
                Excluded[reason] = Excluded.GetValueOrDefault(reason) + 1;
            else
                expected.Add(recorded);
        var lines = _kernel.Events.Devctl.Where(l => !Exclusions.IsPhy(l)).ToList();
        var messages = _kernel.Events.Route.Where(m => Exclusions.Route(m) is null).ToList();
        _kernel.Events.Clear();
        FollowPhy(events);
        CompareDevctl(call, [.. expected.Where(e => e.IsDevctl)], lines);
        CompareRoute(call, [.. expected.Where(e => !e.IsDevctl)], messages,
            events.Exists(e => Exclusions.Reason(e)?.StartsWith("12.1", StringComparison.Ordinal) == true) ? 3 : 0);
    }

    private void CompareDevctl(Record call, List<Record> recorded, List<string> modelled)
    {
        // Events that devctl has kept since boot are read when it is opened.
        if (call.Step == "sockets" && recorded.Count == 0)
        {
            _kernel.Events.Devctl.AddRange(modelled);
            return;
        }
        Compared += recorded.Count;
        var lines = recorded.ConvertAll(r => r.Line);
        if (!lines.SequenceEqual(modelled))
            Differ(call, $"devctl:\n    recorded {string.Join("\n             ", lines)}\n    modelled {string.Join("\n             ", modelled)}");
    }

    private void CompareRoute(Record call, List<Record> recorded, List<byte[]> modelled, int left)
    {
        Compared += recorded.Count;
        if (recorded.Count != modelled.Count - left)
        {
            Differ(call, $"route events:\n    recorded {string.Join("\n             ", recorded.Select(r => Show(r.Out)))}"
                + $"\n    modelled {string.Join("\n             ", modelled.Select(Show))}");
            return;
        }
        for (var i = 0; i < recorded.Count; i++)
            SameMessages(recorded[i], recorded[i].Out, modelled[i]);
    }

    /// <summary>Takes the state of em0's link from the recording: it is input, not a result.</summary>
    private void FollowPhy(List<Record> events)
    {
        if (events.FindLast(e => e.IsDevctl && Exclusions.IsPhy(e.Line)) is not { } last)
            return;
        _kernel.Link.SetLinkState(_kernel.Interfaces["em0"],
            last.Line.EndsWith("UP", StringComparison.Ordinal) ? LinkState.Up : LinkState.Down);
        _kernel.Events.Clear();
    }

    private void Same(Record call, int result)
    {
        Compared++;
        var wanted = call.Result < 0 ? -call.Errno : call.Result;
        if (result != wanted)
            Differ(call, $"result {result}, recorded {wanted}");
    }

    /// <summary>Compares messages one after the other, each masked by its own type.</summary>
    private void SameMessages(Record call, byte[] recorded, byte[] modelled)
    {
        recorded = (byte[])recorded.Clone();
        modelled = (byte[])modelled.Clone();
        for (var at = 0; at + 4 <= recorded.Length;)
        {
            var length = Bytes.U16(recorded, at);
            if (length == 0 || at + length > recorded.Length)
                break;
            _masks.Route(recorded.AsSpan(at, length), at + length <= modelled.Length ? modelled.AsSpan(at, length) : [], call.Call == "__sysctl");
            at += length;
        }
        SameBytes(call, "message", recorded, modelled);
    }

    private void SameBytes(Record call, string what, ReadOnlySpan<byte> recorded, ReadOnlySpan<byte> modelled)
    {
        if (!recorded.SequenceEqual(modelled))
            Differ(call, $"{what} at {recorded.CommonPrefixLength(modelled)}:\n    recorded {Convert.ToHexString(recorded)}\n    modelled {Convert.ToHexString(modelled)}");
    }

    private void Differ(Record call, string how) => Differences.Add($"{call}\n  {how}");

    private static string Show(byte[] message) => $"{message[3]} if{RouteMessage.Index(message)} {Convert.ToHexString(message.AsSpan(0, Math.Min(message.Length, 40)))}";
}
