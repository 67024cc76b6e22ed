namespace HypervVfattach.Linux.Interop;

/// <summary>Error numbers that decide something (errno.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENODEV = 19;
    public const int EEXIST = 17;
    public const int EINVAL = 22;
    public const int ENOTDIR = 20;
    public const int ENOSPC = 28;
    public const int ENOSYS = 38;
    public const int EBADMSG = 74;
    public const int EMSGSIZE = 90;
    public const int EPROTONOSUPPORT = 93;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRNOTAVAIL = 99;
    public const int ENXIO = 6;
    public const int EACCES = 13;
    public const int ENOBUFS = 105;
    public const int ETIMEDOUT = 110;
}
