<#
.SYNOPSIS
Removes vcable's devices and its driver packages from Windows.
.PARAMETER Certificate
Also takes back the trust in sign.ps1's test certificate.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param([switch] $Certificate)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# What pnputil returns when all went well: at once, or after a restart.
$well = 0, 3010
$restart = $false

function Invoke-PnpUtil([string[]] $Arguments) {
    pnputil @Arguments | Out-Host
    if ($LASTEXITCODE -notin $well) { throw "pnputil $($Arguments -join ' ') failed ($LASTEXITCODE)." }
    $LASTEXITCODE -eq 3010
}

$devices = Get-PnpDevice -Class MEDIA -ErrorAction SilentlyContinue |
    Where-Object { $_.HardwareID -contains 'ROOT\VCable' }
foreach ($device in $devices) {
    $restart = (Invoke-PnpUtil @('/remove-device', $device.InstanceId)) -or $restart
}

# Windows keeps packages under names of its own, like oem12.inf.
$packages = Get-WindowsDriver -Online | Where-Object { (Split-Path -Leaf $_.OriginalFileName) -eq 'vcable.inf' }
foreach ($package in $packages) {
    $restart = (Invoke-PnpUtil @('/delete-driver', $package.Driver, '/uninstall')) -or $restart
}

if ($Certificate) {
    foreach ($store in 'Root', 'TrustedPublisher') {
        Get-ChildItem "Cert:\LocalMachine\$store" | Where-Object { $_.Subject -eq 'CN=vcable test signing' } | Remove-Item
    }
}
Write-Host 'vcable is removed.'
if ($restart) { Write-Warning 'Windows must be restarted.' }
