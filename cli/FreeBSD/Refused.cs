using HypervVfattach.Core;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Turns a negative errno into an exception, with the meaning of the errno for this request.</summary>
internal static class Refused
{
    /// <summary>The refusal of one request.</summary>
    /// <param name="answer">The result of <see cref="IKernel"/>: a negative errno.</param>
    /// <param name="meaning">What this errno means here, beyond its name.</param>
    public static SystemRefusal By(int answer, string subject, string operation, string? meaning = null)
    {
        int errno = -answer;
        string? advice = errno == Errno.EPERM
            ? "run it as root, outside a jail; loading a module also needs kern.securelevel below 1"
            : null;
        return new SystemRefusal(
            subject, operation, errno, meaning is null ? Errno.Name(errno) : $"{Errno.Name(errno)}, {meaning}", advice);
    }
}
