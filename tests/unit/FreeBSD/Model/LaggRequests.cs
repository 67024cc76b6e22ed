using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>ioctls of lagg(4) as bytes: struct lagg_reqall, lagg_reqport, lagg_reqopts, lagg_reqflags.</summary>
internal sealed class LaggRequests(ModelKernel kernel)
{
    private const int PortName = 16;

    /// <summary>SIOCGLAGG: the ports for which there is room; the others are silently left out. All entries are built in one buffer, so a
    /// short name is followed by the rest of the previous one.</summary>
    public static int Get(Interface of, Span<byte> request)
    {
        if (of.Lagg is not { } lagg)
            return Errno.EINVAL;
        var room = (int)(Bytes.U64(request, 24) / LaggAbi.PortRequestSize);
        var entry = new byte[LaggAbi.PortRequestSize];
        var count = 0;
        foreach (var port in lagg.Ports.Take(room))
        {
            Fill(entry, lagg, port);
            var at = Bytes.U64(request, 32) + (ulong)(count * LaggAbi.PortRequestSize);
            entry.CopyTo(Bytes.Memory(at, LaggAbi.PortRequestSize));
            count++;
        }
        Bytes.Put32(request, 16, (uint)lagg.Protocol);
        Bytes.Put64(request, 24, (ulong)(count * LaggAbi.PortRequestSize));
        Bytes.Put32(request, 40, (uint)count);
        return 0;
    }

    /// <summary>SIOCSLAGG.</summary>
    public int Set(Interface of, ReadOnlySpan<byte> request)
    {
        if (of.Lagg is not { } lagg)
            return Errno.EINVAL;
        return kernel.MayConfigureNetwork ? lagg.SetProtocol(Bytes.I32(request, 16)) : Errno.EPERM;
    }

    /// <summary>SIOCSLAGGPORT.</summary>
    public int AddPort(Interface of, ReadOnlySpan<byte> request)
    {
        if (of.Lagg is not { } lagg)
            return Errno.EINVAL;
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        return Named(request) is { } port ? lagg.Add(port) : Errno.EINVAL;
    }

    /// <summary>SIOCSLAGGDELPORT.</summary>
    public int RemovePort(Interface of, ReadOnlySpan<byte> request)
    {
        if (of.Lagg is not { } lagg)
            return Errno.EINVAL;
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        return Named(request) is { } port ? lagg.Remove(port) : Errno.EINVAL;
    }

    /// <summary>SIOCGLAGGPORT: for the lagg, or for a port about itself; then the answer has the lagg's name.</summary>
    public int GetPort(Interface of, Span<byte> request)
    {
        var port = Named(request);
        if (of.Lagg is null)
        {
            if (of.PortOf is null || port != of)
                return Errno.EINVAL;
            Fill(request, of.PortOf, of);
            return 0;
        }
        if (port is null)
            return Errno.EINVAL;
        if (port.PortOf != of.Lagg)
            return Errno.ENOENT;
        Fill(request, of.Lagg, port);
        return 0;
    }

    /// <summary>SIOCGLAGGOPTS.</summary>
    public int GetOptions(Interface of, Span<byte> request)
    {
        if (of.Lagg is not { } lagg)
            return Errno.EINVAL;
        Bytes.Put32(request, 16, kernel.Profile.LaggUsesNuma ? LaggAbi.OptionUseNuma : 0);
        Bytes.Put32(request, 20, 0);
        Bytes.Put32(request, 24, (uint)lagg.ActiveCount);
        Bytes.Put32(request, 28, 0);
        Bytes.Put32(request, 32, 16);
        Bytes.Put32(request, 36, 0);
        return 0;
    }

    /// <summary>SIOCGLAGGFLAGS: the hashed fields.</summary>
    public static int GetFlags(Interface of, Span<byte> request)
    {
        if (of.Lagg is null)
            return Errno.EINVAL;
        Bytes.Put32(request, 16, LaggAbi.HashAll);
        return 0;
    }

    private Interface? Named(ReadOnlySpan<byte> request) => kernel.Interfaces.Find(Bytes.Name(request, PortName));

    private static void Fill(Span<byte> entry, Lagg lagg, Interface port)
    {
        Bytes.CopyName(entry, 0, lagg.Interface.Name);
        Bytes.CopyName(entry, PortName, port.Name);
        Bytes.Put32(entry, 32, 0);
        Bytes.Put32(entry, 36, lagg.PortFlags(port));
    }
}
