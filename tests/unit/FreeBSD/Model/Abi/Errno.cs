namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>sys/errno.h.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int ENXIO = 6;
    public const int EBADF = 9;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENOSPC = 28;
    public const int EAGAIN = 35;
    public const int EDESTADDRREQ = 39;
    public const int EPROTONOSUPPORT = 43;
    public const int EOPNOTSUPP = 45;
    public const int EAFNOSUPPORT = 47;
    public const int EADDRINUSE = 48;
    public const int EADDRNOTAVAIL = 49;
    public const int ENETUNREACH = 51;
    public const int ENAMETOOLONG = 63;
}
