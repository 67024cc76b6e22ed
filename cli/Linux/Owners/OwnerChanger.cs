using HypervVfattach.Core;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Linux.Owners;

/// <summary>Makes the changes that are asked of owners; a file an owner does the work.</summary>
internal static class OwnerChanger
{
    /// <summary>Makes a change, which may have been made already.</summary>
    /// <param name="change">The change.</param>
    /// <param name="observer">Knows the interfaces' names.</param>
    /// <param name="repeat">What is not there any more needs nothing.</param>
    /// <exception cref="SystemRefusal">It is refused.</exception>
    public static void Make(OwnerChange change, Observer observer, bool repeat)
    {
        switch (change)
        {
            case StopClient stop:
                DhcpClientProcess.Stop(stop.Client);
                break;
            case StartClient start:
                DhcpClientProcess.Start(start.Client, start.Link, observer.NameOf(start.Link));
                break;
            case KeepUnit keep:
                BoundUnit.Keep(keep.Unit, keep.Keep);
                break;
            case PutNetworkFiles put:
                NetworkdFiles.Put(put, observer.NameOf, repeat);
                break;
            case NetworkManagerChange asked:
                NetworkManagerChanger.Make(asked, observer, repeat);
                break;
            default:
                throw new ArgumentException($"nobody makes {change.GetType().Name}", nameof(change));
        }
    }
}
