using System.Runtime.InteropServices;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Posix;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>Compares our sizes, offsets and constants with those of the C headers of this machine.</summary>
public unsafe class AbiTests
{
    private static readonly (string C, long Ours)[] s_equal =
    [
        ("SO_SNDTIMEO", Libc.SO_SNDTIMEO),
        ("MSG_NOSIGNAL", Libc.MSG_NOSIGNAL),
        ("sizeof(struct sockaddr_un)", sizeof(SockAddrUn)),
        ("offsetof(struct sockaddr_un, sun_path)", (long)Marshal.OffsetOf<SockAddrUn>(nameof(SockAddrUn.sun_path))),
        ("sizeof(((struct sockaddr_un *)0)->sun_path)", SockAddrUn.PathBytes),
        ("sizeof(struct timeval)", sizeof(TimeVal)),
        ("offsetof(struct timeval, tv_usec)", (long)Marshal.OffsetOf<TimeVal>(nameof(TimeVal.tv_usec))),
        ("O_RDONLY", Libc.O_RDONLY),
        ("O_RDWR", SpawnedProcess.O_RDWR),
        ("O_NONBLOCK", Libc.O_NONBLOCK),
        ("O_CLOEXEC", Libc.O_CLOEXEC),
        ("S_IFMT", Libc.S_IFMT),
        ("S_IFREG", Libc.S_IFREG),
        ("SEEK_SET", Libc.SEEK_SET),
        ("sizeof(off_t)", sizeof(long)),
        ("offsetof(struct dirent, d_name)", Libc.DirectoryEntryName),
        ("ENOENT", Errno.ENOENT),
        ("ENOTDIR", Errno.ENOTDIR),
        ("offsetof(struct stat, st_mode)", StatLayout.Mode),
        ("offsetof(struct stat, st_uid)", StatLayout.Uid),
        ("sizeof(((struct stat *)0)->st_mode)", sizeof(uint)),
        ("sizeof(((struct stat *)0)->st_uid)", sizeof(uint)),
        ("POSIX_SPAWN_SETSID", DetachedProcess.POSIX_SPAWN_SETSID),
        ("POSIX_SPAWN_SETSIGDEF", DetachedProcess.POSIX_SPAWN_SETSIGDEF),
        ("sizeof(sigset_t)", SpawnedProcess.SignalSetBytes),
        ("SIGKILL", Libc.SIGKILL),
        ("ESRCH", Errno.ESRCH),
        ("WNOHANG", Libc.WNOHANG),
    ];

    private static readonly (string C, long Room)[] s_fits =
    [
        ("sizeof(struct stat)", StatLayout.Bytes),
        ("sizeof(posix_spawnattr_t)", SpawnedProcess.ObjectBytes),
        ("sizeof(posix_spawn_file_actions_t)", SpawnedProcess.ObjectBytes),
    ];

    [Fact]
    public void The_numbers_are_those_of_the_C_headers()
    {
        long[] numbers = CHeaders.Evaluate(
            ["dirent.h", "errno.h", "fcntl.h", "signal.h", "spawn.h", "sys/socket.h", "sys/stat.h", "sys/time.h", "sys/un.h", "sys/wait.h", "unistd.h"],
            [.. s_equal.Select(row => row.C), .. s_fits.Select(row => row.C)]);
        for (int i = 0; i < s_equal.Length; i++)
            s_equal[i].Ours.ShouldBe(numbers[i], s_equal[i].C);
        for (int i = 0; i < s_fits.Length; i++)
            s_fits[i].Room.ShouldBeGreaterThanOrEqualTo(numbers[s_equal.Length + i], s_fits[i].C);
    }
}
