<#
.SYNOPSIS
Adds the signed vcable driver to Windows and creates its device, or updates it.
.DESCRIPTION
`pnputil /add-driver` puts a driver into the driver store and updates the devices there are. It creates none, and a
virtual sound card is on no bus that would report it; so this script creates the device ROOT\VCable as installers do,
with SetupAPI. It needs neither devcon nor devgen, which belong to the WDK.
.PARAMETER Cables
How many cables, 1 to 16. Without it the number stays: 1 after the first installation.
.PARAMETER TrustTestCertificate
Makes this computer trust vcable-test.cer, which sign.ps1 left here. For test computers only; uninstall.ps1 takes it back.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [ValidateRange(1, 16)] [int] $Cables,
    [switch] $TrustTestCertificate
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$hardwareId = 'ROOT\VCable'
$parameters = 'HKLM:\SYSTEM\CurrentControlSet\Services\vcable\Parameters'

# What pnputil returns when all went well: at once, or after a restart, or with nothing newer to do.
$well = 0, 3010, 259

$source = @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

// A root-enumerated device, in the four calls that Microsoft documents for installers: a device information element,
// its hardware id, its registration with plug and play, its driver.
public static class VCableDevice {
    [StructLayout(LayoutKind.Sequential)]
    struct DeviceInfo { public uint Size; public Guid Class; public uint Instance; public IntPtr Reserved; }

    const uint GenerateId = 1;           // DICD_GENERATE_ID
    const uint HardwareId = 1;           // SPDRP_HARDWAREID
    const uint RegisterDevice = 0x19;    // DIF_REGISTERDEVICE
    const uint RemoveDevice = 5;         // DIF_REMOVE
    const uint Force = 1;                // INSTALLFLAG_FORCE

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern IntPtr SetupDiCreateDeviceInfoList(ref Guid classGuid, IntPtr window);
    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiDestroyDeviceInfoList(IntPtr set);
    [DllImport("setupapi.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool SetupDiCreateDeviceInfoW(IntPtr set, string name, ref Guid classGuid, string description,
        IntPtr window, uint flags, ref DeviceInfo device);
    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiSetDeviceRegistryPropertyW(IntPtr set, ref DeviceInfo device, uint property, byte[] value,
        uint size);
    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiCallClassInstaller(uint function, IntPtr set, ref DeviceInfo device);
    [DllImport("newdev.dll", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern bool UpdateDriverForPlugAndPlayDevicesW(IntPtr window, string hardwareId, string inf, uint flags,
        out bool restart);

    static void Must(bool well, string call) {
        if (!well) {
            int error = Marshal.GetLastWin32Error();
            throw new Win32Exception(error, call + ": " + new Win32Exception(error).Message);
        }
    }

    // Returns whether the computer must be restarted.
    public static bool Create(string hardwareId, string inf) {
        Guid media = new Guid("4d36e96c-e325-11ce-bfc1-08002be10318");
        IntPtr set = SetupDiCreateDeviceInfoList(ref media, IntPtr.Zero);
        Must(set != new IntPtr(-1), "SetupDiCreateDeviceInfoList");
        try {
            DeviceInfo device = new DeviceInfo();
            device.Size = (uint)Marshal.SizeOf(typeof(DeviceInfo));
            Must(SetupDiCreateDeviceInfoW(set, "VCABLE", ref media, null, IntPtr.Zero, GenerateId, ref device),
                "SetupDiCreateDeviceInfo");
            // A list of strings, ended by an empty one.
            byte[] ids = Encoding.Unicode.GetBytes(hardwareId + "\0\0");
            Must(SetupDiSetDeviceRegistryPropertyW(set, ref device, HardwareId, ids, (uint)ids.Length),
                "SetupDiSetDeviceRegistryProperty");
            Must(SetupDiCallClassInstaller(RegisterDevice, set, ref device), "DIF_REGISTERDEVICE");
            bool restart;
            bool well = UpdateDriverForPlugAndPlayDevicesW(IntPtr.Zero, hardwareId, inf, Force, out restart);
            int error = Marshal.GetLastWin32Error();
            if (!well) {
                // A device without a driver is of no use to anyone.
                SetupDiCallClassInstaller(RemoveDevice, set, ref device);
                throw new Win32Exception(error,
                    "UpdateDriverForPlugAndPlayDevices: " + new Win32Exception(error).Message);
            }
            return restart;
        } finally {
            SetupDiDestroyDeviceInfoList(set);
        }
    }
}
'@

function Get-Cable {
    Get-PnpDevice -Class MEDIA -ErrorAction SilentlyContinue | Where-Object { $_.HardwareID -contains $hardwareId }
}

function Test-Machine {
    if (-not [Environment]::Is64BitProcess) { throw 'Run this in a 64-bit PowerShell.' }
    $build = [Environment]::OSVersion.Version.Build
    if ($build -lt 19041) { throw "Windows 10 2004 (build 19041) or later is needed; this is build $build." }
}

function Add-TestCertificate {
    $file = Join-Path $PSScriptRoot 'vcable-test.cer'
    if (-not (Test-Path $file)) { throw "$file is not here: run sign.ps1 first." }
    foreach ($store in 'Root', 'TrustedPublisher') {
        $null = Import-Certificate -FilePath $file -CertStoreLocation "Cert:\LocalMachine\$store"
    }
    if (-not ((bcdedit /enum '{current}') -match 'testsigning\s+Yes')) {
        Write-Warning 'Test mode is off. Run `bcdedit /set testsigning on` (Secure Boot off), restart, and run this again.'
    }
}

Test-Machine
$architecture = [Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant()
$inf = Join-Path $PSScriptRoot "$architecture\vcable.inf"
if (-not (Test-Path $inf)) { throw "There is no driver for $architecture here: $inf" }
if (-not (Test-Path ([IO.Path]::ChangeExtension($inf, 'cat')))) { throw 'The package is not signed: run sign.ps1 first.' }
if ($TrustTestCertificate) { Add-TestCertificate }

$restart = $false
pnputil /add-driver $inf /install
if ($LASTEXITCODE -notin $well) { throw "pnputil failed ($LASTEXITCODE); see %windir%\inf\setupapi.dev.log." }
if ($LASTEXITCODE -eq 3010) { $restart = $true }
if (-not (Get-Cable)) {
    Add-Type -TypeDefinition $source
    $restart = [VCableDevice]::Create($hardwareId, $inf) -or $restart
}

if ($Cables) {
    Set-ItemProperty -Path $parameters -Name Cables -Value $Cables -Type DWord
    foreach ($device in Get-Cable) {
        pnputil /restart-device $device.InstanceId
        if ($LASTEXITCODE -notin $well) { throw "The device could not be restarted ($LASTEXITCODE)." }
    }
}
Get-Cable | Select-Object -Property @('Status', 'FriendlyName', 'InstanceId') | Out-Host
if ($restart) { Write-Warning 'Windows must be restarted.' }
