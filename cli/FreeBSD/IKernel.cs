namespace HypervVfattach.FreeBSD;

/// <summary>The system calls with which the FreeBSD backend reads and changes the network, as raw bytes in the amd64/arm64 layout, so that
/// a recorded or modelled kernel can replace the running one.</summary>
/// <remarks>Every call returns a non-negative result, or the errno of FreeBSD (sys/errno.h) made negative.</remarks>
internal interface IKernel
{
    /// <summary>socket(2): a descriptor.</summary>
    int Socket(int domain, int type, int protocol);

    /// <summary>close(2).</summary>
    int Close(int descriptor);

    /// <summary>ioctl(2): <paramref name="argument"/> is read and written in place; a pointer inside it is a real
    /// address of this process (ra_port of SIOCGLAGG, ifr_data of SIOCSIFNAME).</summary>
    int Ioctl(int descriptor, ulong request, Span<byte> argument);

    /// <summary>sysctlbyname(3), reading: the bytes stored in <paramref name="value"/>, or -ENOMEM when it is too
    /// short; with an empty buffer the length that is needed.</summary>
    int SysctlByName(string name, Span<byte> value);

    /// <summary>sysctl(3), reading by number (net.route, NET_RT_DUMP and NET_RT_IFLISTL); returns the same as
    /// <see cref="SysctlByName"/>.</summary>
    int Sysctl(ReadOnlySpan<int> mib, Span<byte> value);

    /// <summary>kldload(2): the file's id.</summary>
    int KldLoad(string module);

    /// <summary>modfind(2): the module's id.</summary>
    int ModFind(string module);

    /// <summary>write(2) to a routing socket: the bytes written.</summary>
    int Write(int descriptor, ReadOnlySpan<byte> message);

    /// <summary>read(2) from a routing socket: the bytes stored; -EAGAIN when nothing came within a second.</summary>
    int Read(int descriptor, Span<byte> message);
}
