using System.Runtime.InteropServices;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>The running FreeBSD kernel, through libc.</summary>
/// <remarks><para>ioctl(2) is variadic in C and declared without varargs here. On amd64 a variadic call only adds the
/// number of vector registers in AL, on arm64 (AAPCS64, which FreeBSD follows, unlike Apple) it is the same call; and
/// libc's ioctl is the bare system call stub, which uses neither.</para>
/// <para>The library name is a linker script on FreeBSD; DirectPInvoke in the project file makes it a link-time
/// import. Linux has no kldload and no modfind: only the branch for FreeBSD in Program may refer to this type, so that
/// the Linux executable is linked without it.</para></remarks>
internal sealed unsafe partial class Kernel : IKernel
{
    private const string Libc = "libc";
    private const int ReadPatience = 1000; // milliseconds, as IKernel.Read promises

    public int Socket(int domain, int type, int protocol) => Answer(socket(domain, type, protocol));

    public int Close(int descriptor) => Answer(close(descriptor));

    public int Ioctl(int descriptor, ulong request, Span<byte> argument)
    {
        fixed (byte* bytes = argument)
            return Answer(ioctl(descriptor, (nuint)request, bytes));
    }

    public int SysctlByName(string name, Span<byte> value)
    {
        nuint length = (nuint)value.Length;
        fixed (byte* bytes = value)
            return Length(sysctlbyname(name, value.IsEmpty ? null : bytes, &length, null, 0), length);
    }

    public int Sysctl(ReadOnlySpan<int> mib, Span<byte> value)
    {
        nuint length = (nuint)value.Length;
        fixed (int* numbers = mib)
        fixed (byte* bytes = value)
            return Length(sysctl(numbers, (uint)mib.Length, value.IsEmpty ? null : bytes, &length, null, 0), length);
    }

    public int KldLoad(string module) => Answer(kldload(module));

    public int ModFind(string module) => Answer(modfind(module));

    public int Write(int descriptor, ReadOnlySpan<byte> message)
    {
        fixed (byte* bytes = message)
            return Answer((int)write(descriptor, bytes, (nuint)message.Length));
    }

    public int Read(int descriptor, Span<byte> message)
    {
        var poll = new PollDescriptor { Descriptor = descriptor, Events = PollDescriptor.Input };
        int ready = Answer(Kernel.poll(&poll, 1, ReadPatience));
        if (ready == 0)
            return -Errno.EAGAIN;
        if (ready < 0)
            return ready;
        fixed (byte* bytes = message)
            return Answer((int)read(descriptor, bytes, (nuint)message.Length));
    }

    // EINTR is not handled: the runtime installs its signal handlers with SA_RESTART, so it is rare, and callers that wait ask again
    // anyway.
    private static int Answer(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    private static int Length(int result, nuint length) => result < 0 ? Answer(result) : checked((int)length);

    // struct pollfd { int fd; short events; short revents; }
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public const short Input = 1; // POLLIN

        public int Descriptor;
        public short Events;
        public short Received;
    }

    // int socket(int domain, int type, int protocol)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    // int close(int fd)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial int close(int fd);

    // int ioctl(int fd, unsigned long request, ...)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, byte* argument);

    // int sysctlbyname(const char *name, void *oldp, size_t *oldlenp, const void *newp, size_t newlen)
    [LibraryImport(Libc, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sysctlbyname(string name, byte* oldp, nuint* oldlenp, byte* newp, nuint newlen);

    // int sysctl(const int *name, u_int namelen, void *oldp, size_t *oldlenp, const void *newp, size_t newlen)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial int sysctl(
        int* name, uint namelen, byte* oldp, nuint* oldlenp, byte* newp, nuint newlen);

    // int kldload(const char *file)
    [LibraryImport(Libc, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int kldload(string file);

    // int modfind(const char *modname)
    [LibraryImport(Libc, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int modfind(string modname);

    // int poll(struct pollfd fds[], nfds_t nfds, int timeout); nfds_t is an unsigned int
    [LibraryImport(Libc, SetLastError = true)]
    private static partial int poll(PollDescriptor* fds, uint nfds, int timeout);

    // ssize_t write(int fd, const void *buf, size_t nbytes)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial nint write(int fd, byte* buf, nuint nbytes);

    // ssize_t read(int fd, void *buf, size_t nbytes)
    [LibraryImport(Libc, SetLastError = true)]
    private static partial nint read(int fd, byte* buf, nuint nbytes);
}
